import { describe, expect, it } from 'vitest';
import { type ConnectionPhase, reasons, transitions } from './machine.ts';

const phases = Object.keys(transitions) as ConnectionPhase[];

describe('the connection’s state machine', () => {
  it('can reach every state from the first one', () => {
    const reached = new Set<ConnectionPhase>(['unknown']);
    for (const phase of reached) for (const next of Object.values(transitions[phase])) reached.add(next);
    expect([...reached].sort()).toEqual([...phases].sort());
  });

  it('gives every reason a number of its own, from 1 on, and a use', () => {
    const numbers = Object.values(reasons);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const used = new Set(phases.flatMap((phase) => Object.keys(transitions[phase]).map(Number)));
    expect([...used].sort((a, b) => a - b)).toEqual(numbers);
  });

  it('can be shut down in every state, and never leaves that one', () => {
    for (const phase of phases.filter((phase) => phase !== 'closed')) {
      expect(transitions[phase][reasons.shutdown]).toBe('closed');
    }
    expect(transitions.closed).toEqual({});
  });
});
