import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { Call, Committed, StorageDriver } from '../storage/driver.ts';
import { CallQueue, patience } from './call-queue.ts';

afterEach(() => {
  vi.useRealTimers();
});

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
    epoch: 12_345,
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
  const queue = new CallQueue(driver, () => {});
  const first = queue.submit('a', call(1));
  expect((await commit(0)).calls.map((each) => each.input)).toEqual([1]);
  const others = [2, 3, 4].map((n) => queue.submit(`${n}`, call(n)));
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
  const queue = new CallQueue(driver, () => {});
  const all = Array.from({ length: 100 }, (_, n) => queue.submit(`${n}`, call(n)));
  const only = await commit(0);
  expect(only.calls.map((each) => each.input)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  only.finish();
  await Promise.all(all);
});

test('When the transaction fails, every call in it is told so, and the next batch is tried.', async () => {
  const { driver, commit } = drivenByHand();
  const queue = new CallQueue(driver, () => {});
  const doomed = [queue.submit('a', call(1)), queue.submit('b', call(2))];
  (await commit(0)).fail();
  const results = await Promise.allSettled(doomed);
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
  const next = queue.submit('a', call(3));
  (await commit(1)).finish();
  expect(await next).toEqual({ ok: true, value: 3 });
});

test('Commits are told of in order, and before their calls are answered.', async () => {
  const { driver, commit } = drivenByHand();
  const told: string[] = [];
  const queue = new CallQueue(driver, (_events, woken) => told.push(...woken));
  const first = queue.submit('a', call(1)).then(() => told.push('first answered'));
  (await commit(0)).finish({ woken: ['first committed'] });
  await first;
  const second = queue.submit('a', call(2)).then(() => told.push('second answered'));
  (await commit(1)).finish({ woken: ['second committed'] });
  await second;
  expect(told).toEqual(['first committed', 'first answered', 'second committed', 'second answered']);
});

test('While a transaction is quick, nothing goes beside it, however many lanes there are.', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const { driver, commit, commits } = drivenByHand(4);
  const queue = new CallQueue(driver, () => {});
  const first = queue.submit('a', call(1));
  await commit(0);
  const others = ['b', 'c'].map((key) => queue.submit(key, call(key)));
  vi.advanceTimersByTime(patience - 1);
  await new Promise(setImmediate);
  expect(commits).toHaveLength(1);
  (await commit(0)).finish();
  await first;
  expect((await commit(1)).calls.map(({ input }) => input)).toEqual(['b', 'c']);
  (await commit(1)).finish();
  await Promise.all(others);
});

test('Calls that have nothing to do with a slow transaction go beside it; those of its keys stay behind it.', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const { driver, commit, commits } = drivenByHand(4);
  const queue = new CallQueue(driver, () => {});
  const inputs = (n: number) => commits[n]?.calls.map(({ input }) => input);
  const slow = queue.submit('a', call('a1'));
  await commit(0);
  const waiting = [queue.submit('a', call('a2')), queue.submit('b', call('b1')), queue.submit('a', call('a3'))];
  vi.advanceTimersByTime(patience + 1);
  await commit(1);
  expect(inputs(1)).toEqual(['b1']);
  expect([queue.waiting, queue.underWay]).toEqual([2, 2]);
  expect(new Set(commits.map(({ lane }) => lane)).size).toBe(2);
  // The second is quick again: what comes meanwhile waits for it, and not for the slow one.
  waiting.push(queue.submit('c', call('c1')));
  await new Promise(setImmediate);
  expect(commits).toHaveLength(2);
  (await commit(1)).finish();
  await commit(2);
  expect(inputs(2)).toEqual(['c1']);
  (await commit(2)).finish();
  (await commit(0)).finish();
  await slow;
  await commit(3);
  expect(inputs(3)).toEqual(['a2', 'a3']);
  (await commit(3)).finish();
  await Promise.all(waiting);
  expect([queue.waiting, queue.underWay]).toEqual([0, 0]);
});

test('A lane that gets free while the one begun last may still be quick is used when that turns out to be slow.', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const { driver, commit } = drivenByHand(4);
  const queue = new CallQueue(driver, () => {});
  const all = [];
  for (const [at, key] of ['a', 'b', 'c'].entries()) {
    all.push(queue.submit(key, call(key)));
    await commit(at);
    // The last one takes the last lane, and nothing waits any more.
    if (key !== 'c') vi.advanceTimersByTime(patience + 1);
  }
  vi.advanceTimersByTime(1);
  all.push(queue.submit('d', call('d')));
  (await commit(0)).finish();
  await all[0];
  vi.advanceTimersByTime(patience + 1);
  (await commit(3)).finish();
  for (const at of [1, 2]) (await commit(at)).finish();
  await Promise.all(all);
});

test('Signs of life go at once and by themselves, whatever hangs; all others leave a lane free for them.', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const { driver, commit, commits } = drivenByHand(3);
  const queue = new CallQueue(driver, () => {});
  const inputs = () => commits.map(({ calls }) => calls.map(({ input }) => input));
  const beat = (n: number) => queue.submit('node', call(`beat ${n}`), { isSignOfLife: true });
  const all = [queue.submit('a', call('a')), beat(1)];
  await commit(1);
  // What is quick is not waited for, and nobody waits for a sign of life.
  expect(inputs()).toEqual([['beat 1'], ['a']]);
  (await commit(0)).finish();
  for (const [n, key] of ['b', 'c'].entries()) {
    all.push(queue.submit(key, call(key)), queue.submit(`${key}!`, call(`${key}!`), { isUrgent: true }));
    vi.advanceTimersByTime(patience + 1);
    if (n === 0) await commit(2);
  }
  await new Promise(setImmediate);
  expect(inputs().slice(2)).toEqual([['b!', 'b']]);
  all.push(beat(2));
  (await commit(3)).finish();
  await all.at(-1);
  // One that hangs itself keeps those of its key.
  all.push(beat(3));
  await commit(4);
  all.push(beat(4));
  await new Promise(setImmediate);
  expect(inputs().slice(3)).toEqual([['beat 2'], ['beat 3']]);
  (await commit(4)).finish();
  await commit(5);
  expect(inputs()[5]).toEqual(['beat 4']);
  expect([queue.waiting, queue.underWay]).toEqual([2, 4]);
  for (const at of [5, 1, 2]) (await commit(at)).finish();
  await commit(6);
  expect(inputs()[6]).toEqual(['c!', 'c']);
  (await commit(6)).finish();
  await Promise.all(all);
});

test('Where there is one lane, signs of life go first.', async () => {
  const { driver, commit } = drivenByHand();
  const queue = new CallQueue(driver, () => {});
  const all = [1, 2].map((n) => queue.submit('a', call(n)));
  await commit(0);
  all.push(queue.submit('a', call(3)), queue.submit('b', call('urgent'), { isUrgent: true }));
  all.push(queue.submit('node', call('beat'), { isSignOfLife: true }));
  (await commit(0)).finish();
  expect((await commit(1)).calls.map(({ input }) => input)).toEqual(['beat']);
  (await commit(1)).finish();
  expect((await commit(2)).calls.map(({ input }) => input)).toEqual(['urgent', 3]);
  (await commit(2)).finish();
  await Promise.all(all);
});

test('Whatever the transactions take, each key has one at a time, and its calls happen in their order.', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const step = fc.oneof(
    fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), isUrgent: fc.boolean() }),
    fc.record({ key: fc.constantFrom('node', 'other node'), isSignOfLife: fc.constant(true) }),
    fc.record({ wait: fc.integer({ min: 1, max: 2 * patience }) }),
    fc.record({ finish: fc.nat(2), fails: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { driver, commits } = drivenByHand(4);
      const queue = new CallQueue(driver, () => {});
      const open: typeof commits = [];
      const done = new Map<string, number[]>();
      const asked = new Map<string, number[]>();
      let seen = 0;
      const look = async () => {
        await new Promise(setImmediate);
        await new Promise(setImmediate);
        for (; seen < commits.length; seen += 1) open.push(commits[seen] as (typeof commits)[number]);
        const keys = open.flatMap(({ calls }) => [...new Set(calls.map(({ command }) => command))]);
        expect(new Set(keys).size).toBe(keys.length);
        expect(new Set(open.map(({ lane }) => lane)).size).toBe(open.length);
        const signs = open.filter(({ calls }) => calls.some(({ command }) => command.endsWith('node')));
        expect(signs.flatMap(({ calls }) => calls).every(({ command }) => command.endsWith('node'))).toBe(true);
        expect(open.length - signs.length).toBeLessThan(driver.lanes);
      };
      const end = async (at: number, fails: boolean) => {
        const [one] = open.splice(at, 1);
        for (const { command, input } of one?.calls ?? [])
          done.set(command, [...(done.get(command) ?? []), Number(input)]);
        if (fails) one?.fail();
        else one?.finish();
        await look();
      };
      const answers: Promise<unknown>[] = [];
      for (const [n, one] of steps.entries()) {
        if ('key' in one) {
          asked.set(one.key, [...(asked.get(one.key) ?? []), n]);
          const { key, ...manner } = one;
          answers.push(queue.submit(key, { ...call(n), command: key }, manner).catch(() => {}));
        } else if ('wait' in one) vi.advanceTimersByTime(one.wait);
        else if (one.finish < open.length) await end(one.finish, one.fails);
        await look();
      }
      while (open.length > 0) await end(0, false);
      await Promise.all(answers);
      expect(done).toEqual(asked);
    }),
  );
});

test('A queue that is full turns new calls away and keeps the old ones.', async () => {
  const { driver, commit } = drivenByHand();
  const queue = new CallQueue(driver, () => {});
  const kept = Array.from({ length: 20_000 }, (_, n) => queue.submit('a', call(n)));
  await expect(queue.submit('a', call('too many'))).rejects.toThrow('Too many calls');
  for (let n = 0, done = 0; done < kept.length; n += 1) {
    const one = await commit(n);
    done += one.calls.length;
    one.finish();
  }
  expect(await kept.at(-1)).toEqual({ ok: true, value: 19_999 });
});

test('Urgent calls go in the next transaction, however many others wait.', async () => {
  const { driver, commit } = drivenByHand();
  const queue = new CallQueue(driver, () => {});
  const all = Array.from({ length: 2000 }, (_, n) => queue.submit(`${n}`, call(n)));
  await commit(0);
  all.push(queue.submit('urgent', call('urgent'), { isUrgent: true }));
  (await commit(0)).finish();
  expect((await commit(1)).calls[0]?.input).toBe('urgent');
  for (let n = 1, done = 512; done < all.length; n += 1) {
    const one = await commit(n);
    done += one.calls.length;
    one.finish();
  }
  await Promise.all(all);
});

test('A queue that is full turns no urgent calls away, and has room for no fewer others because of them.', async () => {
  const { driver, commit } = drivenByHand();
  const queue = new CallQueue(driver, () => {});
  const submitted = Array.from({ length: 600 }, (_, n) => queue.submit('a', call(n), { isUrgent: true }));
  for (let n = 0; n < 20_000; n += 1) submitted.push(queue.submit('b', call(n)));
  submitted.push(queue.submit('c', call('urgent'), { isUrgent: true }));
  await expect(queue.submit('b', call('too many'))).rejects.toThrow('Too many calls');
  for (let n = 0, done = 0; done < submitted.length; n += 1) {
    const one = await commit(n);
    done += one.calls.length;
    one.finish();
  }
  expect(await submitted.at(-1)).toEqual({ ok: true, value: 'urgent' });
  expect([queue.waiting, queue.isFull]).toEqual([0, false]);
});

test('A user who has too many calls waiting is turned away with more of them, and nobody else is.', async () => {
  const { driver, commit } = drivenByHand();
  const queue = new CallQueue(driver, () => {});
  const of = (actor: object, input: unknown): Call => ({ ...call(input), actor });
  const ann = { kind: 'user', user: 'US1' };
  const kept = Array.from({ length: 2000 }, (_, n) => queue.submit('a', of(ann, n)));
  await expect(queue.submit('b', of(ann, 'too many'))).rejects.toMatchObject({ code: 20429, holes: { retryAfter: 1 } });
  const others = [
    queue.submit('a', of({ kind: 'user', user: 'US2' }, 'other')),
    queue.submit('a', of({ kind: 'account' }, 'account')),
  ];
  const first = await commit(0);
  // What is under way does not wait any more.
  for (const _ of first.calls) kept.push(queue.submit('a', of(ann, 'again')));
  await expect(queue.submit('a', of(ann, 'too many'))).rejects.toMatchObject({ code: 20429 });
  const all = kept.length + others.length;
  for (let n = 0, done = 0; done < all; n += 1) {
    const one = await commit(n);
    done += one.calls.length;
    one.finish();
  }
  expect(await Promise.all(others)).toMatchObject([{ value: 'other' }, { value: 'account' }]);
  expect([queue.waiting, queue.committed]).toEqual([0, all]);
});
