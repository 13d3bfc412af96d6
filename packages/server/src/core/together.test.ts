import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryBus } from '../bus/memory/memory-bus.ts';
import { prepare } from '../storage/db.ts';
import type { Call, Outcome, RunBatch } from '../storage/driver.ts';
import { openPostgres } from '../storage/postgres/driver.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { testAccount } from '../testing/open-core.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../testing/run-postgres.ts';
import { ensureAccount } from './accounts/actions.ts';
import type { Actor } from './actor.ts';
import { runBatch } from './batch.ts';
import { defineCommand, type OneOfSeveral, type Together } from './command.ts';
import { commandNamed } from './commands.ts';
import { createConversation, updateConversation } from './conversations/actions.ts';
import { Core } from './core.ts';
import { removeMessage, sendMessage } from './messages/actions.ts';
import { addParticipant } from './participants/actions.ts';
import type { Transaction } from './transaction.ts';
import { connectUser } from './users/actions.ts';
import { addConversationWebhook } from './webhooks/scoped.ts';

const programs = findPostgres();
const account: Actor = { kind: 'account', account: testAccount };

interface World {
  core: Core;
  storage: Awaited<ReturnType<typeof openPostgres>>;
  actors: Actor[];
  conversations: string[];
  service: string;
}

const inTurn: RunBatch = (connection, db, calls) =>
  runBatch(
    // What is asked about the connection is answered by this, all else by the connection.
    new Proxy(connection, {
      get: (target, name) => {
        if (name === 'isFar') return false;
        const member = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    }),
    db,
    commandNamed,
    calls,
  );
const together: RunBatch = (connection, db, calls) => runBatch(connection, db, commandNamed, calls);

async function openWorld(url: string, run: RunBatch): Promise<World> {
  const clock = new ManualClock();
  const storage = await openPostgres({ url, run, now: clock.now() });
  const core = new Core(
    storage,
    memoryBus((error) => {
      throw error;
    }),
    clock,
  );
  const { default_chat_service_sid: service } = await core.run(ensureAccount, account, { account: testAccount });
  const actors: Actor[] = [account];
  for (const identity of ['ann', 'ben', 'outsider']) {
    const { sid } = await core.run(connectUser, account, { service, identity });
    actors.push({ kind: 'user', account: testAccount, service, user: sid, identity } as Actor);
  }
  const conversations: string[] = [];
  for (const uniqueName of ['plain', 'timed', 'watched', 'phones', 'closed', 'named']) {
    const { sid } = await core.run(createConversation, account, {
      service,
      uniqueName,
      ...(uniqueName === 'timed' && { inactiveTimer: 'PT1H' }),
    });
    const target = { service, conversation: sid };
    for (const identity of ['ann', 'ben']) await core.run(addParticipant, account, { ...target, identity } as never);
    if (uniqueName === 'phones') {
      const phone = { address: '+12025550123', proxyAddress: '+12025550100' };
      await core.run(addParticipant, account, { ...target, ...phone } as never);
    }
    if (uniqueName === 'watched') {
      const hook = { target: 'webhook', url: 'https://example.com/hook', filters: ['onMessageAdded'], method: 'POST' };
      await core.run(addConversationWebhook, account, { ...target, ...hook } as never);
    }
    if (uniqueName === 'closed') await core.run(updateConversation, account, { ...target, state: 'closed' } as never);
    // Calls by its name and by its SID would have no order among them.
    if (uniqueName !== 'named') conversations.push(sid);
  }
  return { core, storage, actors, conversations, service };
}

const step = fc.record({
  actor: fc.nat(3),
  conversation: fc.nat(5),
  what: fc.constantFrom(
    'send',
    'send',
    'send',
    'send',
    'empty',
    'long',
    'attributes',
    'subject',
    'named',
    'rename',
    'remove',
  ),
  key: fc.option(fc.nat(6), { freq: 2, nil: undefined }),
  after: fc.option(fc.nat(6), { freq: 4, nil: undefined }),
  rehearsal: fc.nat(9).map((n) => n === 0),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function callOf(world: World, { actor, conversation, what, key, after, rehearsal }: Step, run: number): Call {
  const target = { service: world.service, conversation: world.conversations[conversation] ?? 'named' };
  const inputs: Record<Step['what'], object> = {
    send: { body: 'it\'s "so" {1,2} \\ €' },
    empty: { body: '' },
    long: { body: 'x'.repeat(40_000) },
    attributes: { body: 'x', attributes: '{"a":[1,null]}' },
    subject: { body: 'x', subject: 'y'.repeat(conversation * 80) },
    named: { body: 'x', author: ['ann', 'nobody', 'system', ''][conversation % 4] },
    rename: { friendlyName: 'renamed' },
    remove: { message: 0 },
  };
  const command = what === 'rename' ? updateConversation : what === 'remove' ? removeMessage : sendMessage;
  const scope = String(actor);
  return {
    command: command.name,
    actor: what === 'named' ? account : world.actors[actor],
    input: { ...target, ...inputs[what] },
    now: world.core.clock.now() + run * 1000,
    ...(key !== undefined && {
      idempotency: { scope, key: `${run} ${key}`, ...(after !== undefined && { after: `${run} ${after}` }) },
    }),
    ...(rehearsal && { rehearsal }),
  };
}

/** What there is to see of a world, without what is drawn by lot. */
async function seen(world: World, outcomes: readonly Outcome[]) {
  const { sql } = world.core.db;
  const sidless = (value: unknown) => JSON.parse(JSON.stringify(value).replace(/\b(IM|DY)[0-9a-f]{32}\b/g, '$1'));
  const named = (value: unknown) =>
    world.conversations.reduce((text, sid, at) => text.replaceAll(sid, `conversation ${at}`), JSON.stringify(value));
  const clean = (value: unknown) => named(sidless(value)).replace(/\b(CH|US|MB|IS|WH|RL)[0-9a-f]{32}\b/g, '$1');
  const messages = await sql.selectFrom('messages').selectAll().orderBy('conversation_sid').orderBy('idx').execute();
  const events = await sql.selectFrom('events').selectAll().orderBy('stream').orderBy('position').execute();
  const conversations = await sql.selectFrom('conversations').selectAll().orderBy('sid').execute();
  const outbox = await sql
    .selectFrom('outbox')
    .select(['kind', 'lane', 'seq', 'state'])
    .orderBy('lane')
    .orderBy('seq')
    .execute();
  const kept = await sql
    .selectFrom('idempotency')
    .select(['scope', 'key', 'command', 'input'])
    .orderBy('scope')
    .orderBy('key')
    .execute();
  return {
    outcomes: outcomes.map((outcome) => clean('fault' in outcome ? { ok: false, fault: true } : outcome)),
    messages: messages.map(clean),
    events: events.map(({ id: _id, ...event }) => clean(event)),
    conversations: conversations.map(clean),
    outbox: outbox.map(clean),
    kept: kept.map(({ input: _input, ...row }) => clean(row)),
  };
}

describe.skipIf(programs === undefined)('Calls that are run together', () => {
  let postgres: RunningPostgres;
  let worlds: [World, World];
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
    worlds = [await openWorld(await postgres.create(), inTurn), await openWorld(await postgres.create(), together)];
  });
  afterAll(async () => {
    for (const { storage } of worlds) await storage.close();
    await postgres.discard();
  });

  test('do what they would do one after the other', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        run += 1;
        const results = [];
        for (const world of worlds) {
          const { outcomes } = await world.storage.write(
            0,
            steps.map((one) => callOf(world, one, run)),
          );
          results.push(await seen(world, outcomes));
        }
        expect(results[1]).toEqual(results[0]);
      }),
      // The worlds are as the failing run left them, and cannot be made smaller.
      { numRuns: 60, endOnFailure: true },
    );
  });

  test.each([
    { where: 'in one conversation', rooms: 1, timers: {} },
    { where: 'in as many, each with timers', rooms: 100, timers: { inactiveTimer: 'PT1H', closedTimer: 'PT2H' } },
  ])('are sent with one statement of a kind, $where', async ({ rooms, timers }) => {
    const world = worlds[1];
    const statements: string[] = [];
    const counted = new WeakSet<object>();
    const counting: RunBatch = (connection, db, calls) => {
      if (counted.has(connection)) return runBatch(connection, db, commandNamed, calls);
      counted.add(connection);
      const query = connection.query.bind(connection);
      connection.query = (sql, values) => {
        statements.push(sql);
        return query(sql, values);
      };
      return runBatch(connection, db, commandNamed, calls);
    };
    const storage = await openPostgres({ url: await postgres.create(), run: counting, now: 0 });
    const core = new Core(
      storage,
      memoryBus(() => {}),
      world.core.clock,
    );
    const { default_chat_service_sid: service } = await core.run(ensureAccount, account, { account: testAccount });
    const made = Array.from({ length: rooms }, () => core.run(createConversation, account, { service, ...timers }));
    const conversations = (await Promise.all(made)).map(({ sid }) => sid);
    const calls = Array.from({ length: 100 }, (_, at): Call => {
      const input = { service, conversation: conversations[at % rooms], body: 'x' };
      return { command: sendMessage.name, actor: account, input, now: 1 };
    });
    statements.length = 0;
    const { outcomes } = await storage.write(0, calls);
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(100);
    expect(statements.length).toBeLessThan(10);
    await storage.close();
  });

  test('of which one cannot be written are each run by themselves, and nothing is left of the first attempt', async () => {
    const inserted = prepare((sql, p: { stream: string }) =>
      sql.insertInto('sweeps').values({ stream: p.stream, date_created: 0 }),
    );
    const insert = (tx: Transaction, stream: string) => tx.run(inserted, { stream });
    const command = defineCommand({
      name: 'try',
      orderKey: (stream: string) => stream,
      run: async (tx, _actor, stream) => {
        await insert(tx, stream);
        return 'by itself';
      },
      together: {
        fit: async (calls) => calls.map((call) => call),
        run: async (calls: readonly OneOfSeveral<string>[]) => ({
          values: calls.map(() => 'together'),
          written: Promise.all(calls.map(({ tx, input }) => insert(tx, input))),
        }),
      } as Together<string, string, unknown>,
    });
    const run: RunBatch = (connection, db, calls) => runBatch(connection, db, () => command, calls);
    const storage = await openPostgres({ url: await postgres.create(), run, now: 0 });
    const written = async (...streams: string[]) => {
      const calls = streams.map((input): Call => ({ command: 'try', actor: {}, input, now: 0 }));
      const { outcomes } = await storage.write(0, calls);
      return outcomes.map((outcome) => (outcome.ok ? outcome.value : 'failed'));
    };
    const stored = async () =>
      (await storage.reader.sql.selectFrom('sweeps').select('stream').execute()).map((row) => row.stream);
    expect(await written('CH1', 'CH2')).toEqual(['together', 'together']);
    expect(await written('CH3', 'CH1', 'CH4')).toEqual(['by itself', 'failed', 'by itself']);
    expect((await stored()).toSorted()).toEqual(['CH1', 'CH2', 'CH3', 'CH4']);
    await storage.close();
  });
});
