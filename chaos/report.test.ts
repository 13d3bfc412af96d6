import { expect, test } from 'vitest';
import { sound, timed } from './checker/doctored.ts';
import { Evidence } from './checker/evidence.ts';
import type { Entry, Timed } from './record/entries.ts';
import { describe, isGood, report } from './report.ts';

const send = (id: string, asked: number, told: number): Timed[] => [
  { t: asked, kind: 'asked', id, actor: 'w', what: 'send', conversation: 'CH2', keyed: false },
  { t: told, kind: 'told', id, outcome: 'acknowledged' },
];
const fault = (t: number, phase: 'begin' | 'end', what: string): Timed<Extract<Entry, { kind: 'fault' }>> => ({
  ...{ t, kind: 'fault', number: 1, phase, what },
});

test('Of each fault it says how long nobody was served from its beginning to a second after its end.', () => {
  const entries = [
    ...send('a', 0, 10),
    ...send('b', 900, 1000),
    fault(1100, 'begin', 'kill'),
    fault(4000, 'end', 'node-1 killed with -9'),
    ...send('c', 4300, 4500),
    ...send('d', 9000, 9900),
  ];
  const { faults, latency, outcomes } = report(new Evidence(entries));
  expect(faults).toEqual([{ what: 'node-1 killed with -9', lasted: 2900, silent: 5400 }]);
  expect(latency).toEqual({ p50: 200, p99: 900, most: 900 });
  expect(outcomes).toEqual({ 'send without a key': { acknowledged: 4, refused: 0, unknown: 0 } });
});

test('It says how much later than the sender readers are told, what was compared, and that all is well or the seed.', () => {
  const good = report(new Evidence(timed(sound())));
  expect(good.told).toEqual({ p50: 1, p99: 1, most: 1 });
  expect(good.counts).toEqual({ messages: 2, events: 9, seen: 3, hooked: 3, hookedAgain: 0, shown: 1 });
  expect(isGood(good)).toBe(true);
  expect(describe(good)).toContain('Nothing lost, nothing doubled, no gap, one order.');

  const spoiled = sound();
  spoiled.found.messages.pop();
  const bad = report(new Evidence(timed(spoiled)));
  expect(isGood(bad)).toBe(false);
  expect(describe(bad)).toContain('WRONG, --seed 1');
});
