import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Pace } from './pace.ts';

test('so many may happen at once, and then one each time its share of a second has passed', () => {
  const clock = new ManualClock();
  const pace = new Pace(clock, 4);
  expect([1, 2, 3, 4].map(() => pace.take('a'))).toEqual([0, 0, 0, 0]);
  expect(pace.take('a')).toBe(250);
  clock.advance(249);
  expect(pace.take('a')).toBe(1);
  clock.advance(1);
  expect(pace.take('a')).toBe(0);
  expect(pace.take('a')).toBe(250);
});

test('each key has its own', () => {
  const pace = new Pace(new ManualClock(), 1);
  expect([pace.take('a'), pace.take('b'), pace.take('a')]).toEqual([0, 0, 1000]);
});

test('whatever comes when, never more than twice the rate passes in a second, and after the wait that was told it does', () => {
  const steps = fc.array(fc.record({ advance: fc.nat(400), key: fc.constantFrom('a', 'b') }), { maxLength: 300 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), steps, (rate, all) => {
      const clock = new ManualClock();
      const pace = new Pace(clock, rate);
      const passed: Record<string, number[]> = { a: [], b: [] };
      for (const { advance, key } of all) {
        clock.advance(advance);
        const wait = pace.take(key);
        if (wait > 0) {
          clock.advance(Math.ceil(wait));
          expect(pace.take(key)).toBe(0);
        }
        passed[key]?.push(clock.now());
      }
      for (const times of Object.values(passed)) {
        for (const [at, time] of times.entries()) {
          const within = times.slice(0, at + 1).filter((earlier) => earlier > time - 1000).length;
          expect(within).toBeLessThan(2 * rate + 1);
        }
      }
    }),
  );
});

test('keys are forgotten once they make no difference any more', () => {
  const clock = new ManualClock();
  const pace = new Pace(clock, 10);
  for (let second = 0; second < 20; second += 1) {
    for (let number = 0; number < 100; number += 1) pace.take(`${second} ${number}`);
    clock.advance(1000);
  }
  expect(pace.size).toBeLessThanOrEqual(100);
  pace.take('last');
  expect(pace.size).toBe(1);
});
