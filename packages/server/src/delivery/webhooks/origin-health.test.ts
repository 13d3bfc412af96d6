import { expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { OriginHealth } from './origin-health.ts';

const down = 'https://down.example.com';
const up = 'https://up.example.com';
const clock = new ManualClock();

async function failing(times: number): Promise<OriginHealth> {
  const health = new OriginHealth(clock);
  for (let time = 0; time < times; time += 1) {
    await health.begin(down);
    health.end(down, false);
  }
  return health;
}

function begin(health: OriginHealth, origin: string, times: number): Promise<boolean[]> {
  return Promise.all(Array.from({ length: times }, () => health.begin(origin)));
}

it('lets 64 at a time pass to an origin that answers, and others in their order when one of them ends', async () => {
  const health = await failing(4);
  expect((await begin(health, down, 64)).every(Boolean)).toBe(true);
  const order: string[] = [];
  const wait = (name: string) => health.begin(down).then((admitted) => order.push(`${name} ${admitted}`));
  const waiting = [wait('first'), wait('second')];
  expect(await health.begin(up)).toBe(true);
  health.end(down, true);
  await waiting[0];
  expect(order).toEqual(['first true']);
  health.end(down, true);
  await waiting[1];
  expect(order).toEqual(['first true', 'second true']);
});

it('waits a second for a place, and no longer at all while none gets free', async () => {
  const health = new OriginHealth(clock);
  await begin(health, down, 64);
  const waiting = health.begin(down);
  clock.advance(1000);
  expect(await waiting).toBe(false);
  expect(await health.begin(down)).toBe(false);
  expect(await health.begin(up)).toBe(true);
  health.end(down, false);
  expect(await health.begin(down)).toBe(true);
});

it('lets a few find out whether an origin that failed five times in a row is back', async () => {
  const health = await failing(5);
  expect(await begin(health, down, 6)).toEqual([true, true, true, true, false, false]);
  health.end(down, false);
  expect(await begin(health, down, 2)).toEqual([true, false]);
  expect(await health.begin(up)).toBe(true);
});

it('lets everything pass again after one answer', async () => {
  const health = await failing(20);
  await health.begin(down);
  health.end(down, true);
  expect((await begin(health, down, 10)).every(Boolean)).toBe(true);
});
