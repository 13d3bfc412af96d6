import { expect, it } from 'vitest';
import { OriginHealth } from './origin-health.ts';

const down = 'https://down.example.com';
const up = 'https://up.example.com';

function failing(times: number): OriginHealth {
  const health = new OriginHealth();
  for (let time = 0; time < times; time += 1) {
    health.begin(down);
    health.end(down, false);
  }
  return health;
}

it('lets everything pass to an origin that answers', () => {
  const health = failing(4);
  expect(Array.from({ length: 100 }, () => health.begin(down)).every(Boolean)).toBe(true);
});

it('lets a few find out whether an origin that failed five times in a row is back', () => {
  const health = failing(5);
  expect(Array.from({ length: 6 }, () => health.begin(down))).toEqual([true, true, true, true, false, false]);
  health.end(down, false);
  expect([health.begin(down), health.begin(down)]).toEqual([true, false]);
  expect(health.begin(up)).toBe(true);
});

it('lets everything pass again after one answer', () => {
  const health = failing(20);
  health.begin(down);
  health.end(down, true);
  expect(Array.from({ length: 10 }, () => health.begin(down)).every(Boolean)).toBe(true);
});
