import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { backoff } from './backoff.ts';

afterEach(() => vi.restoreAllMocks());

it('waits anything from nothing up to a bound that doubles from one second to thirty', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
      const bound = Math.min(30_000, 1000 * 2 ** failures);
      vi.spyOn(Math, 'random').mockReturnValue(random);
      expect(backoff(failures)).toBe(random * bound);
    }),
  );
});
