import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryBus } from '../bus/memory/memory-bus.ts';
import { createConversation, updateConversation } from '../core/conversations/actions.ts';
import { selectNextDeadline } from '../core/conversations/expire.ts';
import { Core } from '../core/core.ts';
import { sendMessage } from '../core/messages/actions.ts';
import { addParticipant, removeParticipant } from '../core/participants/actions.ts';
import { type OpenCore, openCore, testAccount } from '../testing/open-core.ts';
import { type ConversationTimers, startConversationTimers } from './conversations.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const logger = pino({ level: 'silent' });

let at: OpenCore;
let timers: ConversationTimers;
const start = () => {
  timers = startConversationTimers(at.core, at.bus, testAccount, logger);
};
beforeEach(async () => {
  at = await openCore();
  start();
});
afterEach(async () => {
  await timers.stop();
  await at.discard();
});

/** Stands at each deadline on the way until what is due there has happened. */
async function wait(milliseconds: number): Promise<void> {
  const { clock, core } = at;
  const end = clock.now() + milliseconds;
  for (let step = clock.now(); ; ) {
    await timers.settled();
    const next = await selectNextDeadline(core.db);
    step = next !== undefined && next > clock.now() && next < end ? next : end;
    clock.advance(step - clock.now());
    await timers.settled();
    if (step === end) return;
  }
}

/** The server is down for a while. */
async function restart(downtime: number): Promise<void> {
  await timers.stop();
  await at.close();
  at.clock.advance(downtime);
  at = await openCore({ directory: at.directory, clock: at.clock });
  start();
  await timers.settled();
}

async function create(input: object): Promise<string> {
  const { sid } = await at.core.run(createConversation, at.account, { service: at.service, ...input });
  return sid;
}

const rowOf = (sid: string) =>
  at.core.db.sql.selectFrom('conversations').selectAll().where('sid', '=', sid).executeTakeFirstOrThrow();

/** Every state with the time it began, as the log tells it. */
async function historyOf(sid: string): Promise<[state: string, time: number][]> {
  const events = await at.core.db.sql
    .selectFrom('events')
    .select('data')
    .where('stream', '=', sid)
    .where('type', 'in', ['conversation.added', 'conversation.updated'])
    .orderBy('position')
    .execute();
  const history: [string, number][] = [];
  for (const { data } of events) {
    const { state, dateStateUpdated } = JSON.parse(data) as { state: string; dateStateUpdated: number };
    if (history.at(-1)?.[0] !== state) history.push([state, dateStateUpdated]);
  }
  return history;
}

describe('A timer', () => {
  test('makes a conversation inactive and a week later closes it, at the second.', async () => {
    const begin = at.clock.now();
    const sid = await create({ inactiveTimer: 'PT1M', closedTimer: 'P1W' });
    await wait(8 * day);
    expect(await historyOf(sid)).toEqual([
      ['active', begin],
      ['inactive', begin + minute],
      ['closed', begin + 7 * day],
    ]);
    expect(await rowOf(sid)).toMatchObject({ date_inactive: null, date_closed: null, date_updated: begin + 7 * day });
  });

  test('of an inactive conversation leaves the deadline for closing as it is.', async () => {
    const begin = at.clock.now();
    const sid = await create({ inactiveTimer: 'PT1H', closedTimer: 'PT3H' });
    await wait(2 * hour);
    expect(await rowOf(sid)).toMatchObject({ state: 'inactive', date_inactive: null, date_closed: begin + 3 * hour });
  });

  test('that closes before it would make inactive does only that.', async () => {
    const begin = at.clock.now();
    const sid = await create({ inactiveTimer: 'PT10M', closedTimer: 'PT10M' });
    await wait(hour);
    expect(await historyOf(sid)).toEqual([
      ['active', begin],
      ['closed', begin + 10 * minute],
    ]);
  });

  test('that ran out while the server was down fires at the start, once, and so do those that follow.', async () => {
    const begin = at.clock.now();
    const sid = await create({ inactiveTimer: 'PT1M', closedTimer: 'P1D' });
    await restart(hour);
    await restart(hour);
    expect(await historyOf(sid)).toEqual([
      ['active', begin],
      ['inactive', begin + hour],
    ]);
    await restart(3 * day);
    expect((await historyOf(sid)).at(-1)).toEqual(['closed', begin + 2 * hour + 3 * day]);
  });

  test('frees the addresses of the conversation it closes, and makes room for others of its people.', async () => {
    const sid = await create({ closedTimer: 'PT10M' });
    const pair = { address: '+12025550150', proxyAddress: '+12025550100' };
    await at.core.run(addParticipant, at.account, { service: at.service, conversation: sid, ...pair });
    const other = await create({});
    const add = () => at.core.run(addParticipant, at.account, { service: at.service, conversation: other, ...pair });
    await expect(add()).rejects.toMatchObject({ code: 50416 });
    await wait(10 * minute);
    expect(await add()).toMatchObject({ conversation_sid: other });
  });

  test('that is set anew to an earlier time wakes the sleeper, and taken away never fires.', async () => {
    const begin = at.clock.now();
    const update = (input: object) =>
      at.core.run(updateConversation, at.account, { service: at.service, ...input } as never);
    const sid = await create({ closedTimer: 'P1D' });
    await wait(hour);
    await update({ conversation: sid, closedTimer: 'PT10M' });
    const kept = await create({ inactiveTimer: 'PT1M' });
    await update({ conversation: kept, inactiveTimer: '' });
    await wait(day);
    expect((await historyOf(sid)).at(-1)).toEqual(['closed', begin + hour + 10 * minute]);
    expect(await rowOf(kept)).toMatchObject({ state: 'active', date_inactive: null });
  });

  test('that another server has set, and died before it could say so, fires within a minute.', async () => {
    const deaf = memoryBus((error) => {
      throw error;
    });
    const other = new Core(at.storage, deaf, at.clock);
    await timers.settled();
    await other.run(createConversation, at.account, { service: at.service, inactiveTimer: 'PT1M' });
    at.clock.advance(minute);
    await timers.settled();
    expect(at.events.at(-1)).toMatchObject({ type: 'conversation.updated' });
  });

  test('fires once though two nodes watch the same clock.', async () => {
    const second = startConversationTimers(at.core, at.bus, testAccount, logger);
    const sids = await Promise.all(Array.from({ length: 20 }, () => create({ inactiveTimer: 'PT1M' })));
    const before = at.events.length;
    await wait(minute);
    await second.settled();
    await second.stop();
    const told = at.events.slice(before).map((event) => event.stream);
    expect([...told].sort()).toEqual([...sids].sort());
  });
});

describe('A timer that cannot be carried out', () => {
  test('is tried again later, and holds up no other.', async () => {
    const [stuck, free] = [await create({ inactiveTimer: 'PT1M' }), await create({ inactiveTimer: 'PT1M' })];
    const { write } = at.storage;
    at.storage.write = async (lane, calls) => {
      const isStuck = (call: { input: unknown }) => (call.input as { conversation?: string }).conversation === stuck;
      const committed = await write.call(
        at.storage,
        lane,
        calls.filter((call) => !isStuck(call)),
      );
      const outcomes = committed.outcomes.values();
      const fault = { ok: false, fault: 'no luck' } as const;
      return {
        ...committed,
        outcomes: calls.map((call) => (isStuck(call) ? fault : (outcomes.next().value ?? fault))),
      };
    };
    await wait(minute);
    expect(await rowOf(free)).toMatchObject({ state: 'inactive' });
    expect(await rowOf(stuck)).toMatchObject({ state: 'active' });
    at.storage.write = write;
    await wait(minute);
    expect(await rowOf(stuck)).toMatchObject({ state: 'inactive' });
  });
});

const onSqlite = process.env['COLLOQUY_TEST_POSTGRES'] === undefined;

describe('Thousands of timers at once', () => {
  test('go a piece at a time, and a message that comes in between does not wait for all of them.', async () => {
    const kept = await create({});
    for (let n = 0; n < 3000; n += 500) {
      await Promise.all(Array.from({ length: 500 }, () => create({ inactiveTimer: 'PT1M' })));
    }
    await timers.settled();
    const before = at.events.length;
    at.clock.advance(minute);
    const firstPiece = new Promise<void>((resolve) => {
      const unsubscribe = at.bus.subscribe(() => {
        unsubscribe();
        resolve();
      });
    });
    await firstPiece;
    await at.core.run(sendMessage, at.account, { service: at.service, conversation: kept, body: 'now' });
    const told = at.events.slice(before);
    expect(told.findIndex((event) => event.type === 'message.added')).toBeLessThan(1000);
    await timers.settled();
    expect(at.events.length - before).toBe(3001);
    expect(await selectNextDeadline(at.core.db)).toBeUndefined();
  });

  // PostgreSQL chooses by what is in the table, and reads a small one from its beginning to its end.
  test.runIf(onSqlite)('are found by an index, and conversations without timers are not looked at.', async () => {
    const plan = async (query: string) =>
      (
        await at.storage.reader.sql.executeQuery<{ detail: string }>({
          sql: `EXPLAIN QUERY PLAN ${query}`,
          parameters: [],
          query: { kind: 'RawNode' } as never,
          queryId: { queryId: 'plan' } as never,
        })
      ).rows.map((row) => row.detail);
    for (const column of ['date_inactive', 'date_closed']) {
      const query = `SELECT sid FROM conversations WHERE ${column} <= ? AND state = 'active' ORDER BY ${column}, sid LIMIT 10`;
      expect(await plan(query)).toEqual([expect.stringContaining(`conversations_by_${column}`)]);
    }
  });
});

/** What the reference says of states and timers, for one conversation. */
class Model {
  state = 'active';
  readonly history: [string, number][] = [];
  inactive: number | null = null;
  closed: number | null = null;
  readonly timers: { inactive: number | null; closed: number | null };
  constructor(timers: { inactive: number | null; closed: number | null }, now: number) {
    this.timers = { ...timers };
    this.history.push([this.state, now]);
    this.restartTimers(now);
  }
  move(state: string, now: number): void {
    if (state !== this.state) this.history.push([state, now]);
    this.state = state;
  }
  restartTimers(now: number): void {
    const due = (timer: number | null) => (timer === null ? null : now + timer * minute);
    this.inactive = this.state === 'active' ? due(this.timers.inactive) : null;
    this.closed = this.state === 'closed' ? null : due(this.timers.closed);
  }
  /** A message or a new participant. */
  activity(now: number): void {
    if (this.state === 'closed') return;
    this.move('active', now);
    this.restartTimers(now);
  }
  update(change: { state?: string; inactive?: number | null; closed?: number | null }, now: number): void {
    if (this.state === 'closed') return;
    if (change.inactive !== undefined) this.timers.inactive = change.inactive;
    if (change.closed !== undefined) this.timers.closed = change.closed;
    this.move(change.state ?? this.state, now);
    this.restartTimers(now);
  }
  /** @param seen null: each at its own time; else all at that one, since nobody watched before */
  pass(until: number, seen: number | null): void {
    for (;;) {
      const { inactive, closed } = this;
      if (closed !== null && closed <= until && (inactive === null || closed <= inactive)) {
        this.move('closed', seen ?? closed);
        this.inactive = this.closed = null;
      } else if (inactive !== null && inactive <= until) {
        this.move('inactive', seen ?? inactive);
        this.inactive = null;
      } else return;
    }
  }
}

const inactiveTimer = fc.constantFrom(null, 1, 30, 120);
const closedTimer = fc.constantFrom(null, 10, 60, 10_080);
const target = fc.nat({ max: 2 });
const passing = fc.constantFrom(1, 5, 29, 60, 1440, 10_080);
type Step =
  | { do: 'send'; target: number }
  | { do: 'join'; target: number }
  | { do: 'update'; target: number; state?: string; inactive?: number | null; closed?: number | null }
  | { do: 'wait'; minutes: number }
  | { do: 'restart'; minutes: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('send' as const), target }),
  fc.record({ do: fc.constant('join' as const), target }),
  fc.record(
    {
      do: fc.constant('update' as const),
      target,
      state: fc.constantFrom('active', 'inactive', 'closed'),
      inactive: inactiveTimer,
      closed: closedTimer,
    },
    { requiredKeys: ['do', 'target'] },
  ),
  { arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: passing }), weight: 3 },
  fc.record({ do: fc.constant('restart' as const), minutes: passing }),
);

const duration = (minutes: number | null) => (minutes === null ? '' : `PT${minutes}M`);

test('Whatever happens to conversations, with restarts in between, states change as the reference says, at its times.', async () => {
  const play = async (all: { inactive: number | null; closed: number | null }[], steps: Step[]) => {
    const { clock } = at;
    const models: Model[] = [];
    const sids: string[] = [];
    let joined = 0;
    for (const { inactive, closed } of all) {
      sids.push(await create({ inactiveTimer: duration(inactive), closedTimer: duration(closed) }));
      models.push(new Model({ inactive, closed }, clock.now()));
    }
    const attempt = async (model: Model, change: Promise<unknown>) => {
      if (model.state === 'closed') await expect(change).rejects.toMatchObject({ code: 50377 });
      else await change;
    };
    for (const one of steps) {
      if (one.do === 'wait') {
        await wait(one.minutes * minute);
        for (const model of models) model.pass(clock.now(), null);
      } else if (one.do === 'restart') {
        await restart(one.minutes * minute);
        for (const model of models) model.pass(clock.now(), clock.now());
      } else {
        const [model, conversation] = [models[one.target] as Model, sids[one.target] as string];
        const input = { service: at.service, conversation };
        if (one.do === 'send') {
          await attempt(model, at.core.run(sendMessage, at.account, { ...input, body: 'x' }));
          model.activity(clock.now());
        } else if (one.do === 'join') {
          joined += 1;
          const identity = `user ${joined}`;
          await attempt(model, at.core.run(addParticipant, at.account, { ...input, identity }));
          // Leaving is none of the things that start timers anew.
          if (model.state !== 'closed') {
            await at.core.run(removeParticipant, at.account, { ...input, participant: identity });
          }
          model.activity(clock.now());
        } else {
          const change = {
            state: one.state,
            ...(one.inactive !== undefined && { inactiveTimer: duration(one.inactive) }),
            ...(one.closed !== undefined && { closedTimer: duration(one.closed) }),
          };
          await attempt(model, at.core.run(updateConversation, at.account, { ...input, ...change }));
          model.update(one, clock.now());
        }
      }
      await timers.settled();
    }
    for (const [number, model] of models.entries()) {
      expect(await historyOf(sids[number] as string)).toEqual(model.history);
      const { date_inactive, date_closed } = await rowOf(sids[number] as string);
      expect({ date_inactive, date_closed }).toEqual({ date_inactive: model.inactive, date_closed: model.closed });
    }
  };
  const start = fc.record({ inactive: inactiveTimer, closed: closedTimer });
  await fc.assert(
    fc.asyncProperty(fc.array(start, { minLength: 3, maxLength: 3 }), fc.array(step, { maxLength: 20 }), play),
    { numRuns: 25 },
  );
}, 60_000);
