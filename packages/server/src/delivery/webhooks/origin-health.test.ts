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

const isIn = async (health: OriginHealth, origin: string) => (await health.begin(origin)) === undefined;

function begin(health: OriginHealth, origin: string, times: number): Promise<boolean[]> {
  return Promise.all(Array.from({ length: times }, () => isIn(health, origin)));
}

it('lets 64 at a time pass to an origin that answers, and others in their order when one of them ends', async () => {
  const health = await failing(4);
  expect((await begin(health, down, 64)).every(Boolean)).toBe(true);
  const order: string[] = [];
  const wait = (name: string) => isIn(health, down).then((admitted) => order.push(`${name} ${admitted}`));
  const waiting = [wait('first'), wait('second')];
  expect(await isIn(health, up)).toBe(true);
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
  const waiting = isIn(health, down);
  clock.advance(1000);
  expect(await waiting).toBe(false);
  expect(await isIn(health, down)).toBe(false);
  expect(await isIn(health, up)).toBe(true);
  health.end(down, false);
  expect(await isIn(health, down)).toBe(true);
});

it('lets a few find out whether an origin that failed five times in a row is back', async () => {
  const health = await failing(5);
  expect(await begin(health, down, 6)).toEqual([true, true, true, true, false, false]);
  health.end(down, false);
  expect(await begin(health, down, 2)).toEqual([true, false]);
  expect(await isIn(health, up)).toBe(true);
});

it('sends away what has no place, one after the other, so that a hundred a second come back', async () => {
  const health = await failing(5);
  await begin(health, down, 4);
  const times = [await health.begin(down), await health.begin(down), await health.begin(down)];
  const first = clock.now() + 5000;
  expect(times).toEqual([first, first + 10, first + 20]);
  clock.advance(60_000);
  expect(await health.begin(down)).toBe(clock.now() + 5000);
  let last = 0;
  for (let time = 0; time < 100_000; time += 1) last = (await health.begin(down)) ?? 0;
  expect(last).toBe(clock.now() + 15 * 60 * 1000);
});

it('does not hold against an origin what was called off', async () => {
  const health = await failing(4);
  await begin(health, down, 10);
  for (let time = 0; time < 10; time += 1) health.end(down, undefined);
  expect((await begin(health, down, 10)).every(Boolean)).toBe(true);
  health.end(down, false);
  expect(await isIn(health, down)).toBe(false);
});

it('lets everything pass again after one answer', async () => {
  const health = await failing(20);
  await health.begin(down);
  health.end(down, true);
  expect((await begin(health, down, 10)).every(Boolean)).toBe(true);
});
