import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Scheduler } from '../core/clock.ts';
import { Core } from '../core/core.ts';
import { buryNode } from '../core/nodes.ts';
import type { Call, Outcome } from '../storage/driver.ts';
import { type OpenCore, openCore, testAccount } from '../testing/open-core.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../testing/run-postgres.ts';
import { turnsWhile } from '../testing/turns.ts';
import { NodeLife } from './node-life.ts';
import { Dispatcher } from './outbox.ts';

const programs = findPostgres();
const logger = pino({ level: 'silent' });
const account = testAccount;

/** A server, as far as it does work of the outbox. */
interface Node {
  at: OpenCore;
  life: NodeLife;
  dispatcher: Dispatcher;
  /** What it did, and what it took over from somebody who is dead. */
  done: string[];
  tookOver: string[];
  /** Of the work that it is at: why it gave it up. */
  gaveUp: string[];
}

test('A node that is asked for more than it can write says that it lives before all of that.', async () => {
  // One transaction at a time: beside others, which move the clock and write nothing, a real one takes any time.
  const at = await openCore({ databaseUrl: undefined });
  try {
    const { core, clock, storage } = at;
    const life = new NodeLife({ core, account, logger, monotonic: () => clock.now() });
    const doubts: number[] = [];
    life.watch({ unsure: () => doubts.push(clock.now()) });
    life.start();
    await life.settled();
    const { write } = storage;
    let transactions = 0;
    // Whatever users want is done at once; only time passes.
    storage.write = async (lane, calls, keys) => {
      transactions += 1;
      clock.advance(500);
      const own = calls.flatMap(({ command }, at) => (command === 'of a user' ? [] : [at]));
      const written = await write.call(
        storage,
        lane,
        own.map((at) => calls[at] as Call),
        own.map((at) => keys?.[at] ?? []),
      );
      const outcomes: Outcome[] = calls.map(() => ({ ok: true, value: {} }));
      for (const [n, at] of own.entries()) outcomes[at] = written.outcomes[n] as Outcome;
      return { ...written, outcomes };
    };
    const call = { command: 'of a user', actor: {}, input: {}, now: clock.now() };
    const asked: Promise<unknown>[] = [];
    while (!core.queue.isFull) asked.push(core.queue.submit('of a user', call));
    await Promise.all(asked);
    await life.settled();
    expect(transactions).toBeGreaterThanOrEqual(40);
    expect([doubts, life.isSure]).toEqual([[], true]);
    await life.stop();
  } finally {
    await at.discard();
  }
});

test('A node gives up what it is at in time though the clock goes back meanwhile.', async () => {
  const at = await openCore();
  try {
    const { storage, bus, clock: time } = at;
    let behind = 0;
    const clock: Scheduler = {
      now: () => time.now() - behind,
      at: (when, task) => time.at(when + behind, task),
    };
    const core = new Core(storage, bus, clock);
    const life = new NodeLife({ core, account, logger, monotonic: () => time.now() });
    const told: string[] = [];
    life.watch({ sure: () => told.push('sure'), unsure: () => told.push('unsure') });
    life.start();
    await life.settled();
    behind = 60_000;
    const { run } = core;
    Object.defineProperty(core, 'run', { value: () => Promise.reject(new Error('cut off')), configurable: true });
    time.advance(4999);
    await life.settled();
    expect([life.isSure, told]).toEqual([true, ['sure']]);
    time.advance(1);
    expect([life.isSure, told]).toEqual([false, ['sure', 'unsure']]);
    Object.defineProperty(core, 'run', { value: run });
    time.advance(2000);
    await life.settled();
    expect([life.isSure, told]).toEqual([true, ['sure', 'unsure', 'sure']]);
    await life.stop();
  } finally {
    await at.discard();
  }
});

describe.skipIf(programs === undefined)('Of several nodes on PostgreSQL', () => {
  let postgres: RunningPostgres;
  let url: string;
  let admin: pg.Client | undefined;
  const nodes: Node[] = [];
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());
  beforeEach(async () => {
    url = await postgres.create();
  });
  afterEach(async () => {
    for (const { at, life, dispatcher } of nodes.splice(0)) {
      await life.stop();
      at.clock.advance(0);
      const stopped = dispatcher.stop();
      at.clock.advance(5000);
      await stopped;
      await at.discard();
    }
    await admin?.end();
  });

  async function open(): Promise<Node> {
    const at = await openCore({ databaseUrl: url });
    const { core, bus, clock } = at;
    const life = new NodeLife({ core, account, logger, monotonic: () => clock.now() });
    life.start();
    await life.settled();
    const [done, tookOver, gaveUp] = [[], [], []] as [string[], string[], string[]];
    const handler = {
      handle: (work: { id: string }, signal: AbortSignal) => {
        done.push(work.id);
        return new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            gaveUp.push(work.id);
            resolve();
          });
        });
      },
      recover: async (work: { id: string }) => void tookOver.push(work.id),
    };
    const context = { core, bus, clock, logger, account, life };
    const dispatcher = new Dispatcher({ ...context, kind: 'push', handler, concurrency: 8, leaseMs: 60_000 });
    const node = { at, life, dispatcher, done, tookOver, gaveUp };
    nodes.push(node);
    return node;
  }

  async function addWork(node: Node): Promise<void> {
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
    const now = node.at.clock.now();
    await admin.query(
      `INSERT INTO outbox (id, kind, lane, seq, payload, state, attempt, not_before, date_created, date_updated)
       VALUES ('work', 'push', 'lane', 0, '{}', 'pending', 0, $1, $1, $1)`,
      [now],
    );
  }

  /** Two nodes, of which the first has begun something. */
  async function openTwo(): Promise<[Node, Node]> {
    const [one, other] = [await open(), await open()];
    await addWork(one);
    one.dispatcher.start();
    while (one.done.length === 0) await new Promise(setImmediate);
    other.dispatcher.start();
    return [one, other];
  }

  async function pass(seconds: number, ...running: Node[]): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 1) {
      for (const { at } of running) at.clock.advance(1000);
      // What a node finds out may have it do more.
      for (let turn = 0; turn < 3; turn += 1) {
        for (const { life } of running) await life.settled();
        for (const { at, tookOver } of running) {
          while (at.core.queue.waiting + at.core.queue.underWay > 0) await new Promise(setImmediate);
          if (tookOver.length === 0) await at.core.db.sql.selectFrom('nodes').selectAll().execute();
        }
      }
    }
  }

  async function takenOver({ tookOver }: Node): Promise<void> {
    while (tookOver.length === 0) await new Promise(setImmediate);
    expect(tookOver).toEqual(['work']);
  }

  test('what a killed one was at is taken over within ten seconds', async () => {
    const [one, other] = await openTwo();
    await pass(4, one, other);
    nodes.splice(nodes.indexOf(one), 1);
    await one.life.stop();
    // All that others see of a process that was killed: it is not connected any more.
    await one.at.discard();
    await pass(7, other);
    expect(other.tookOver).toEqual([]);
    await pass(3, other);
    await takenOver(other);
  });

  test('what one is at that stands still is left to it as long as it was lent', async () => {
    const [one, other] = await openTwo();
    await one.life.stop();
    await pass(58, other);
    expect(await other.at.core.db.sql.selectFrom('nodes').selectAll().execute()).toHaveLength(1);
    expect(other.tookOver).toEqual([]);
    await pass(3, other);
    await takenOver(other);
  });

  test('one that cannot say any more that it lives gives up what it is at, before others take it over', async () => {
    const [one, other] = await openTwo();
    await pass(2, one, other);
    expect(one.gaveUp).toEqual([]);
    Object.defineProperty(one.at.core, 'run', { value: () => Promise.reject(new Error('cut off')) });
    await pass(4, one);
    expect(one.gaveUp).toEqual([]);
    await pass(1, one);
    expect(one.gaveUp).toEqual(['work']);
  });

  test('one that stood still goes on as soon as it has said again that it lives', async () => {
    const one = await open();
    one.dispatcher.start();
    await one.dispatcher.idle();
    // Nobody told it of this.
    await addWork(one);
    one.at.clock.advance(6000);
    await turnsWhile(() => one.done.length === 0);
    expect(one.done).toEqual(['work']);
  });

  test('one that was taken for dead begins again under one name, though it hears of that twice', async () => {
    const one = await open();
    const { core, clock } = one.at;
    const run = core.run.bind(core) as (command: { name: string }, ...rest: unknown[]) => Promise<unknown>;
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let isFirst = true;
    const late: typeof run = async (command, ...rest) => {
      if (command.name !== 'nodes.beat' || !isFirst) return run(command, ...rest);
      isFirst = false;
      asked.resolve();
      await answer.promise;
      return run(command, ...rest);
    };
    Object.defineProperty(core, 'run', { value: late });
    const names: (string | undefined)[] = [];
    one.life.watch({ entered: () => names.push(one.life.node) });
    const former = one.life.node as string;
    clock.advance(2000);
    await asked.promise;
    const { beat } = await core.db.sql.selectFrom('nodes').select('beat').executeTakeFirstOrThrow();
    await core.run(buryNode, { kind: 'system', account }, { node: former, beat, isGone: false });
    // So it is told where it notes who is online.
    one.life.lost(former);
    answer.resolve();
    // What was begun meanwhile, too.
    for (let turn = 0; turn < 3; turn += 1) await one.life.settled();
    expect(names).toEqual([one.life.node]);
    expect(one.life.isSure).toBe(true);
    expect(await core.db.sql.selectFrom('nodes').select('node').execute()).toEqual([{ node: one.life.node }]);
  });

  test('one begins nothing that was lent to it so long ago that others may have taken it over', async () => {
    const one = await open();
    await addWork(one);
    const { core } = one.at;
    const [lent, heard] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const run = core.run.bind(core) as (command: { name: string }, ...rest: unknown[]) => Promise<unknown>;
    const late: typeof run = async (command, ...rest) => {
      if (command.name === 'nodes.beat') throw new Error('cut off');
      const answer = await run(command, ...rest);
      if (command.name === 'outbox.claim') {
        lent.resolve();
        await heard.promise;
      }
      return answer;
    };
    Object.defineProperty(core, 'run', { value: late, configurable: true });
    one.dispatcher.start();
    await lent.promise;
    await pass(5, one);
    heard.resolve();
    await one.dispatcher.idle();
    await pass(5, one);
    expect(one.done).toEqual([]);
    const work = core.db.sql.selectFrom('outbox').select(['state', 'attempt', 'lease']);
    expect(await work.execute()).toEqual([{ state: 'pending', attempt: 0, lease: null }]);

    Object.defineProperty(core, 'run', { value: run });
    await pass(3, one);
    while (one.done.length === 0) await new Promise(setImmediate);
    expect(one.done).toEqual(['work']);
  });
});
