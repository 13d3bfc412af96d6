import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runsOf } from './runs.ts';

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

test('What stands together is a run, with what is missing in it; the rest is named.', () => {
  expect(runsOf([])).toEqual({ runs: [], others: [] });
  const some = [7, ...numbers(20, 90), ...numbers(93, 200), 204, 300];
  expect(runsOf(some)).toEqual({ runs: [{ from: 20, to: 199 }], others: [7, 204, 300] });
  expect(runsOf(numbers(0, 99))).toEqual({ runs: [], others: numbers(0, 99) });
  expect(runsOf(numbers(0, 100).toReversed())).toEqual({ runs: [{ from: 0, to: 99 }], others: [] });
});

test('Each number is in one run or named, and no run is long for what is in it.', () => {
  // In clusters, so that there are runs among them.
  const clusters = fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 6 })));
  fc.assert(
    fc.property(clusters, (some) => {
      const all = [...new Set(some.flatMap(([from, count, step]) => numbers(0, count).map((n) => from + n * step)))];
      const { runs, others } = runsOf(all);
      const within = (one: number) => runs.filter(({ from, to }) => from <= one && one <= to).length;
      for (const one of all) expect(within(one) + (others.includes(one) ? 1 : 0)).toBe(1);
      expect(others.every((one) => all.includes(one))).toBe(true);
      const covered = runs.reduce((sum, { from, to }) => sum + to - from + 1, 0);
      expect(covered).toBeLessThanOrEqual(4 * all.length);
    }),
  );
});
