import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kinds } from './kinds.ts';
import { schedule } from './schedule.ts';

const given = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  seconds: fc.integer({ min: 1, max: 600 }),
  nodes: fc.integer({ min: 1, max: 5 }),
  some: fc.subarray(kinds, { minLength: 1 }),
});

test('The same seed makes the same faults, of the kinds and nodes that there are, within the time.', () => {
  fc.assert(
    fc.property(given, ({ seed, seconds, nodes, some }) => {
      const plan = schedule(seed, seconds, nodes, some);
      expect(schedule(seed, seconds, nodes, some)).toEqual(plan);
      for (const { kind, node } of plan) {
        expect(some).toContain(kind);
        expect(node).toBeLessThan(nodes);
      }
      const alone = plan.filter(({ along }) => !along);
      expect(alone.reduce((sum, { after, lasts }) => sum + after + lasts, 0)).toBeLessThanOrEqual(seconds);
    }),
  );
});

test('Another seed makes other faults, and no kind comes again before each has had its turn.', () => {
  const plan = schedule(1, 600, 3, kinds);
  expect(schedule(2, 600, 3, kinds)).not.toEqual(plan);
  expect(new Set(plan.slice(0, kinds.length).map(({ kind }) => kind)).size).toBe(kinds.length);
  expect(plan.some(({ along }) => along)).toBe(true);
});
