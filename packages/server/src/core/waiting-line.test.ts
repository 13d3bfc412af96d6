import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WaitingLine } from './waiting-line.ts';

interface One {
  key: string;
  isUrgent: boolean;
  n: number;
}

const nothing: ReadonlySet<string> = new Set();
const taken = (line: WaitingLine<One>, most: number) => line.take(most, nothing).map(({ n }) => n);

function lineOf(...all: [key: string, isUrgent: boolean][]): WaitingLine<One> {
  const line = new WaitingLine<One>();
  for (const [n, [key, isUrgent]] of all.entries()) line.put({ key, isUrgent, n });
  return line;
}

test('What is urgent goes first, in the order in which it came.', () => {
  const line = lineOf(['a', false], ['b', false], ['c', true], ['d', true]);
  expect(taken(line, 10)).toEqual([2, 3, 0, 1]);
});

test('What is urgent goes right behind what came earlier with its key.', () => {
  const line = lineOf(['a', false], ['b', false], ['c', false], ['b', true], ['b', false], ['b', true]);
  expect(taken(line, 10)).toEqual([0, 1, 3, 2, 4, 5]);
});

test('Of much that is urgent half goes at a time while others wait, and all where there are few others.', () => {
  const urgent = Array.from({ length: 10 }, (_, n): [string, boolean] => [`u${n}`, true]);
  const others = Array.from({ length: 7 }, (_, n): [string, boolean] => [`o${n}`, false]);
  const line = lineOf(...urgent, ...others);
  expect(taken(line, 6)).toEqual([0, 1, 2, 10, 11, 12]);
  expect(taken(line, 6)).toEqual([3, 4, 5, 13, 14, 15]);
  expect(taken(line, 6)).toEqual([6, 7, 8, 9, 16]);
});

test('What is urgent has the place of others that may not go.', () => {
  const urgent = Array.from({ length: 10 }, (_, n): [string, boolean] => [`u${n}`, true]);
  const line = lineOf(...urgent, ...Array.from({ length: 10 }, (): [string, boolean] => ['slow', false]), [
    'u4',
    false,
  ]);
  const numbers = (most: number) => line.take(most, new Set(['slow'])).map(({ n }) => n);
  expect(numbers(6)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(numbers(6)).toEqual([6, 7, 8, 20, 9]);
});

test('What came later with the key of something urgent does not go before it.', () => {
  const line = lineOf(['a', true], ['b', true], ['b', false], ['c', false], ['d', false]);
  expect(taken(line, 2)).toEqual([0, 3]);
  expect(taken(line, 2)).toEqual([1, 2]);
});

test('Whatever comes and goes, those of one key go in their order, none is lost, and none waits while there is room.', () => {
  const step = fc.oneof(
    fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), isUrgent: fc.boolean() }),
    fc.record({ key: fc.constantFrom('d', 'e', 'f', 'g'), isUrgent: fc.constant(true) }),
    fc.record({ most: fc.integer({ min: 1, max: 6 }), busy: fc.subarray(['a', 'b', 'c']) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const line = new WaitingLine<One>();
      const [came, went] = [new Map<string, number[]>(), new Map<string, number[]>()];
      const left = (key: string) => (came.get(key)?.length ?? 0) - (went.get(key)?.length ?? 0);
      const note = (where: typeof came, { key, n }: One) => where.set(key, [...(where.get(key) ?? []), n]);
      let ordinary = 0;
      const take = (most: number, busy: ReadonlySet<string>) => {
        const all = line.take(most, busy);
        expect(all.length).toBeLessThanOrEqual(most);
        for (const one of all) {
          expect(busy.has(one.key)).toBe(false);
          note(went, one);
          if (!one.isUrgent) ordinary -= 1;
        }
        expect(line.ordinary).toBe(ordinary);
        // None that may go stays behind as long as there is room.
        const mayGo = [...came.keys()].filter((key) => !busy.has(key) && left(key) > 0);
        if (all.length < most) expect(mayGo).toEqual([]);
      };
      for (const [n, one] of steps.entries()) {
        if ('key' in one) {
          line.put({ ...one, n });
          note(came, { ...one, n });
          if (!one.isUrgent) ordinary += 1;
        } else take(one.most, new Set(one.busy));
      }
      while (line.length > 0) take(3, nothing);
      expect(went).toEqual(came);
    }),
    { numRuns: 1000 },
  );
});
