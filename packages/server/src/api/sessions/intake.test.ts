import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openRealtime } from '../../testing/open-realtime.ts';
import { Intake } from './intake.ts';
import type { Wire } from './wire.ts';

const readsAtOnce = 8;

/** An intake of a client whose requests end when the test says so. */
function open(writesAtOnce = 3) {
  const wire = { unsent: 0, isPaused: false };
  const intake = new Intake(
    Object.assign(wire, {
      pause: () => {
        wire.isPaused = true;
      },
      resume: () => {
        wire.isPaused = false;
      },
    }) as unknown as Wire,
    writesAtOnce,
    () => wire,
  );
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = (name: string, isRead: boolean, bytes = 1) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = () => {
      begun.push(name);
      ends.set(name, resolve);
      return promise;
    };
    intake.add({ isRead, bytes, run });
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await setImmediate();
  };
  return { wire, intake, begun, ask, end };
}

test('Requests are begun in their order: so many reads and so many changes at a time.', async () => {
  const { begun, ask, end } = open();
  for (let n = 0; n < readsAtOnce; n += 1) ask(`read ${n}`, true);
  ask('first change', false);
  ask('one more', true);
  ask('second change', false);
  expect(begun.slice(readsAtOnce)).toEqual(['first change']);
  await end('read 3');
  expect(begun.slice(readsAtOnce)).toEqual(['first change', 'one more', 'second change']);
});

test('Nothing is begun for a client that has much to read, and little taken from it.', async () => {
  const { wire, intake, begun, ask, end } = open();
  wire.unsent = 1024 * 1024;
  for (let n = 0; n < 127; n += 1) ask(`${n}`, false);
  expect([begun.length, wire.isPaused]).toEqual([0, false]);
  ask('127', false);
  expect([begun.length, wire.isPaused]).toEqual([0, true]);
  wire.unsent -= 1;
  intake.proceed();
  expect(begun).toEqual(['0', '1', '2']);
  for (let n = 0; n < 128; n += 1) await end(`${n}`);
  expect([begun.length, wire.isPaused]).toEqual([128, false]);
});

test('What waits when the client goes is not begun; who finishes waits for what is under way.', async () => {
  const { intake, begun, ask, end } = open(1);
  let isIdle = false;
  ask('under way', false);
  ask('waiting', false);
  intake.finish(() => {
    isIdle = true;
  });
  expect(isIdle).toBe(false);
  await end('under way');
  expect([isIdle, begun]).toEqual([true, ['under way']]);
});

test('Whoever waits for his turn is not idle.', async () => {
  const { intake, wire, begun, ask, end } = open();
  wire.unsent = 1024 * 1024;
  ask('waiting', false);
  expect([intake.isIdle, begun]).toEqual([false, []]);
  wire.unsent = 0;
  intake.proceed();
  expect([intake.isIdle, begun]).toEqual([false, ['waiting']]);
  await end('waiting');
  expect(intake.isIdle).toBe(true);
});

test('Requests that are answered at once leave others a turn, and come to their end all the same.', async () => {
  const { intake, wire } = open();
  const begun: number[] = [];
  for (let n = 0; n < 100; n += 1) {
    const run = async () => {
      begun.push(n);
      for (const end = performance.now() + 2; performance.now() < end; );
    };
    intake.add({ isRead: true, bytes: 1, run });
  }
  await setImmediate();
  // Much of a turn's time may be taken from this test; that never makes more of them.
  expect(begun.length).toBeLessThan(20);
  while (!intake.isIdle || begun.length < 100) await setImmediate();
  expect([begun, wire.isPaused]).toEqual([Array.from({ length: 100 }, (_unused, n) => n), false]);
});

test.each(['websocket', 'polling'] as const)(
  'One connection reads no more than a little at a time, and all that it asked for is answered (%s).',
  async (transport) => {
    const at = await openRealtime({}, transport);
    try {
      const conversation = await at.roomOf('ann', 'ben');
      const [ann, ben] = [await at.connect('ann'), await at.connect('ben')];
      const { db } = at.core;
      const gate = Promise.withResolvers<void>();
      const begun: unknown[] = [];
      const first = db.first.bind(db);
      Object.defineProperty(db, 'first', {
        configurable: true,
        value: async (...asked: Parameters<typeof first>) => {
          begun.push(asked);
          await gate.promise;
          return first(...asked);
        },
      });
      const answers = Array.from({ length: 200 }, () => ann.call('conversations.counts', { conversation }));
      while (begun.length < readsAtOnce) await setImmediate();
      // By the time of these answers the server has read whatever it takes.
      for (let n = 0; n < 20; n += 1) await ben.call('ping', {});
      expect(begun).toHaveLength(readsAtOnce);
      Reflect.deleteProperty(db, 'first');
      gate.resolve();
      expect(await Promise.all(answers)).toHaveLength(200);
    } finally {
      await at.discard();
    }
  },
);
