import { expect, it } from 'vitest';
import { ManualClock } from './manual-clock.ts';

it('runs what becomes due in order of time, at that time, and leaves the rest', () => {
  const clock = new ManualClock(1000);
  const seen: [string, number][] = [];
  const note = (name: string) => () => seen.push([name, clock.now()]);
  clock.at(1300, note('late'));
  clock.at(1100, () => {
    note('first')();
    clock.at(1150, note('added on the way'));
  });
  const callOff = clock.at(1200, note('called off'));
  callOff();
  clock.advance(250);
  expect(seen).toEqual([
    ['first', 1100],
    ['added on the way', 1150],
  ]);
  expect(clock.now()).toBe(1250);
  expect(clock.advanceToNext()).toBe(true);
  expect(seen.at(-1)).toEqual(['late', 1300]);
  expect(clock.advanceToNext()).toBe(false);
});

it('does not go back for a task that is overdue', () => {
  const clock = new ManualClock(1000);
  let at = 0;
  clock.at(500, () => {
    at = clock.now();
  });
  clock.advance(0);
  expect(at).toBe(1000);
});
