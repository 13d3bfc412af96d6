import { expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Slots } from './slots.ts';

it('lets in as many as there is room for, and the others when somebody leaves, in their order', async () => {
  const clock = new ManualClock();
  const slots = new Slots(clock, { total: 3, perKey: 2 });
  const entered: string[] = [];
  const enter = (name: string) =>
    slots.enter(name.slice(0, 1), clock.now() + 1000).then((in_) => in_ && entered.push(name));
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) void enter(name);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  expect(entered).toEqual(['a1', 'a2', 'b1']);
  slots.leave('b');
  await settle();
  // The third of a has waited longest, but its key has no room.
  expect(entered.slice(3)).toEqual(['b2']);
  slots.leave('a');
  await settle();
  expect(entered.slice(4)).toEqual(['a3']);
  slots.leave('a');
  await settle();
  expect(entered.slice(5)).toEqual(['c1']);
});

it('tells those who waited too long, and never lets them in afterwards', async () => {
  const clock = new ManualClock();
  const slots = new Slots(clock, { total: 1, perKey: 1 });
  expect(await slots.enter('a', clock.now())).toBe(true);
  const late = slots.enter('a', clock.now() + 500);
  const patient = slots.enter('a', clock.now() + 501);
  clock.advance(500);
  expect(await late).toBe(false);
  slots.leave('a');
  expect(await patient).toBe(true);
});
