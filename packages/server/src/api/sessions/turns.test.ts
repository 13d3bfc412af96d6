import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Taker, Turns } from './turns.ts';

function busy(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

/** A connection that has so much to do, a few milliseconds each. */
function open(turns: Turns, owner: string, work: number, done: string[]): Taker & { left: number } {
  const taker = {
    owner,
    left: work,
    proceed: () => {
      while (taker.left > 0 && turns.mayBegin(taker)) {
        busy(4);
        taker.left -= 1;
        done.push(owner);
      }
    },
  };
  return taker;
}

test('Whoever has many connections has no more of a turn than somebody with one, and who comes later waits for one round.', async () => {
  const turns = new Turns();
  const done: string[] = [];
  const many = Array.from({ length: 50 }, () => open(turns, 'ann', 4, done));
  for (const one of many) one.proceed();
  await setImmediate();
  const later = open(turns, 'ben', 1, done);
  later.proceed();
  const before = done.length;
  while (later.left > 0) await setImmediate();
  // Hers of one turn, or of the rest of one and the next.
  expect(done.length - before).toBeLessThan(25);
  while (many.some(({ left }) => left > 0)) await setImmediate();
  expect(done).toHaveLength(201);
});

test('However many have something to do, others have a turn between them.', async () => {
  const turns = new Turns();
  const done: string[] = [];
  const many = Array.from({ length: 100 }, (_unused, n) => open(turns, `user ${n}`, 1, done));
  for (const one of many) one.proceed();
  let most = done.length;
  for (let before = done.length; done.length < 100; before = done.length) {
    await setImmediate();
    most = Math.max(most, done.length - before);
  }
  // 30 ms of 4 each. Where this process was stopped meanwhile, they are fewer.
  expect(most).toBeLessThanOrEqual(9);
  expect(new Set(done).size).toBe(100);
});

test('One that had no time and then has nothing to begin keeps no other connection of its owner waiting.', async () => {
  const turns = new Turns();
  const done: string[] = [];
  open(turns, 'ben', 1, done).proceed();
  busy(30);
  const [gone, last] = [open(turns, 'ann', 1, done), open(turns, 'ann', 1, done)];
  for (const one of [gone, last]) one.proceed();
  gone.left = 0;
  for (let n = 0; n < 5; n += 1) await setImmediate();
  expect(done).toEqual(['ben', 'ann']);
});
