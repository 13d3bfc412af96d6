import { isSid } from '@colloquy/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newSid } from './new-sid.ts';

test('SIDs of one process sort in the order they were made, whatever the clock does.', () => {
  const start = Date.UTC(2026, 0, 1);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 500 }), (steps) => {
      let now = start;
      const sids = steps.map((step) => {
        now += step;
        return newSid('IM', now);
      });
      expect(sids.every((sid) => isSid(sid, 'IM'))).toBe(true);
      expect([...sids].sort()).toEqual(sids);
      expect(new Set(sids).size).toBe(sids.length);
    }),
  );
});

test('More of them in a millisecond than the counter has room for still differ and sort.', () => {
  const sids = Array.from({ length: 70_000 }, () => newSid('IM', Date.UTC(2040, 0, 1)));
  expect(sids.every((sid, at) => at === 0 || (sids[at - 1] as string) < sid)).toBe(true);
});
