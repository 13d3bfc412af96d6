import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoff } from './backoff.ts';

it('waits anything from nothing up to a bound that doubles from one second to thirty', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
      const bound = Math.min(30_000, 1000 * 2 ** failures);
      expect(backoff(failures, () => random)).toBe(Math.round(random * bound));
    }),
  );
});
