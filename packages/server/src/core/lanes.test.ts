import { expect, test } from 'vitest';
import type { Call, Committed, StorageDriver } from '../storage/driver.ts';
import { Lanes } from './lanes.ts';

/** A driver whose commits end when the test says so. */
function drivenByHand(lanes = 1) {
  const commits: {
    lane: number;
    calls: readonly Call[];
    finish: (answer?: Partial<Committed>) => void;
    fail: () => void;
  }[] = [];
  let arrived: (() => void) | undefined;
  const driver: StorageDriver = {
    lanes,
    exclusive: true,
    reader: undefined as never,
    settledEvent: async () => 0,
    claim: async () => undefined,
    close: async () => {},
    write: (lane, calls) =>
      new Promise((resolve, reject) => {
        commits.push({
          lane,
          calls,
          finish: (answer) =>
            resolve({
              outcomes: calls.map((call) => ({ ok: true, value: call.input })),
              events: [],
              woken: [],
              ...answer,
            }),
          fail: () => reject(new Error('disk full')),
        });
        arrived?.();
      }),
  };
  const commit = async (n: number) => {
    while (commits.length <= n) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
    return commits[n] as (typeof commits)[number];
  };
  return { driver, commit, commits };
}

const call = (input: unknown): Call => ({ command: 'x', actor: {}, input, now: 0 });

test('A lone call commits at once; what arrives while it commits goes together in the next transaction.', async () => {
  const { driver, commit, commits } = drivenByHand();
  const lanes = new Lanes(driver, () => {});
  const first = lanes.submit('a', call(1));
  expect((await commit(0)).calls.map((each) => each.input)).toEqual([1]);
  const others = [2, 3, 4].map((n) => lanes.submit(`${n}`, call(n)));
  await new Promise(setImmediate);
  expect(commits).toHaveLength(1);
  (await commit(0)).finish();
  await first;
  const second = await commit(1);
  expect(second.calls.map((each) => each.input)).toEqual([2, 3, 4]);
  second.finish();
  expect(await Promise.all(others)).toEqual([2, 3, 4].map((value) => ({ ok: true, value })));
});

test('Calls of one turn of the event loop share a transaction, in the order they were made.', async () => {
  const { driver, commit } = drivenByHand();
  const lanes = new Lanes(driver, () => {});
  const all = Array.from({ length: 100 }, (_, n) => lanes.submit(`${n}`, call(n)));
  const only = await commit(0);
  expect(only.calls.map((each) => each.input)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  only.finish();
  await Promise.all(all);
});

test('When the transaction fails, every call in it is told so, and the next batch is tried.', async () => {
  const { driver, commit } = drivenByHand();
  const lanes = new Lanes(driver, () => {});
  const doomed = [lanes.submit('a', call(1)), lanes.submit('b', call(2))];
  (await commit(0)).fail();
  const results = await Promise.allSettled(doomed);
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
  const next = lanes.submit('a', call(3));
  (await commit(1)).finish();
  expect(await next).toEqual({ ok: true, value: 3 });
});

test('Commits are told of in order, and before their calls are answered.', async () => {
  const { driver, commit } = drivenByHand();
  const told: string[] = [];
  const lanes = new Lanes(driver, (_events, woken) => told.push(...woken));
  const first = lanes.submit('a', call(1)).then(() => told.push('first answered'));
  (await commit(0)).finish({ woken: ['first committed'] });
  await first;
  const second = lanes.submit('a', call(2)).then(() => told.push('second answered'));
  (await commit(1)).finish({ woken: ['second committed'] });
  await second;
  expect(told).toEqual(['first committed', 'first answered', 'second committed', 'second answered']);
});

test('Calls of one key stay in one lane, other lanes do not wait for it.', async () => {
  const { driver, commits } = drivenByHand(8);
  const lanes = new Lanes(driver, () => {});
  for (let n = 0; n < 64; n += 1) void lanes.submit(`CH${n % 16}`, call(n % 16));
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  const laneOf = new Map<unknown, number>();
  for (const { lane, calls } of commits) {
    for (const each of calls) {
      expect(laneOf.get(each.input) ?? lane).toBe(lane);
      laneOf.set(each.input, lane);
    }
  }
  expect(new Set(laneOf.values()).size).toBeGreaterThan(1);
});

test('A queue that is full turns new calls away and keeps the old ones.', async () => {
  const { driver, commit } = drivenByHand();
  const lanes = new Lanes(driver, () => {});
  const kept = Array.from({ length: 20_000 }, (_, n) => lanes.submit('a', call(n)));
  await expect(lanes.submit('a', call('too many'))).rejects.toThrow('Too many calls');
  for (let n = 0, done = 0; done < kept.length; n += 1) {
    const one = await commit(n);
    done += one.calls.length;
    one.finish();
  }
  expect(await kept.at(-1)).toEqual({ ok: true, value: 19_999 });
});
