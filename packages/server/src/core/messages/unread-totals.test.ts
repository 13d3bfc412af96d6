import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeDatabase } from '../../testing/change-database.ts';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { openTwoShared, type SharedCore, type SharedCores } from '../../testing/open-shared.ts';
import { findPostgres } from '../../testing/run-postgres.ts';
import type { UserActor } from '../actor.ts';
import { createConversation, deleteConversation } from '../conversations/actions.ts';
import { addParticipant, removeParticipant, updateMembership } from '../participants/actions.ts';
import { removeMessage, sendMessage } from './actions.ts';
import { UnreadTotals } from './unread-totals.ts';

const programs = findPostgres();
/** More than are counted each time. */
const quiet = 205;
const busy = 6;
/** More than are looked up whether they are hers or not. */
const foreign = 51;

/** Servers of one database; ann is in more conversations than are counted each time. */
class World {
  readonly servers: readonly OpenCore[];
  readonly ann: UserActor;
  /** In which things happen. */
  readonly rooms: string[] = [];
  /** How often one of them asked for all of ann's conversations. */
  counted = 0;
  #next = 0;

  static async open(servers: readonly OpenCore[]): Promise<World> {
    const [first] = servers as [OpenCore];
    const world = new World(servers, await first.user('ann'));
    const rooms = await Promise.all(Array.from({ length: quiet + busy }, () => world.room()));
    world.rooms.push(...rooms.slice(quiet));
    for (const { core } of servers) {
      const { all } = core.db;
      core.db.all = async <P, R>(...given: Parameters<typeof all<P, R>>) => {
        const rows = await all.apply(core.db, given as Parameters<typeof all>);
        if (rows.length >= quiet && 'unread' in (rows[0] as object)) world.counted += 1;
        return rows as R[];
      };
    }
    return world;
  }

  private constructor(servers: readonly OpenCore[], ann: UserActor) {
    this.servers = servers;
    this.ann = ann;
  }

  /** Each thing happens at another server than the one before. */
  get server(): OpenCore {
    this.#next += 1;
    return this.servers[this.#next % this.servers.length] as OpenCore;
  }

  async room(): Promise<string> {
    const { core, account, service } = this.server;
    const { sid } = await core.run(createConversation, account, { service });
    await core.run(addParticipant, account, { service, conversation: sid, identity: 'ann' });
    return sid;
  }

  async do({ kind, place, index }: Step): Promise<void> {
    const { core, account, service } = this.server;
    const at = place % this.rooms.length;
    const target = { service, conversation: this.rooms[at] as string };
    const read = (change: { mode: 'set'; index: number } | { mode: 'all' } | { mode: 'none' }) =>
      core.run(updateMembership, this.ann, { ...target, user: this.ann.user, read: change });
    if (kind === 'send') await core.run(sendMessage, account, { ...target, body: 'x' });
    else if (kind === 'remove') await core.run(removeMessage, account, { ...target, message: index });
    else if (kind === 'read') await read({ mode: 'set', index });
    else if (kind === 'read all') await read({ mode: 'all' });
    else if (kind === 'read none') await read({ mode: 'none' });
    else if (kind === 'join') await core.run(addParticipant, account, { ...target, identity: 'ann' });
    else if (kind === 'leave') await core.run(removeParticipant, account, { ...target, participant: 'ann' });
    else if (kind === 'look') await (this.server as SharedCore).look?.();
    else if (kind === 'others') {
      await Promise.all(Array.from({ length: foreign }, () => core.run(createConversation, account, { service })));
    } else if (kind === 'ask') await core.unread.of(this.ann.user);
    else {
      await core.run(deleteConversation, account, target);
      this.rooms[at] = await this.room();
    }
  }

  /** What every server says is what one finds who counts each message. */
  async check(): Promise<void> {
    const [{ core }] = this.servers as [OpenCore];
    const { rows } = await sql<{ n: number }>`
      SELECT COUNT(*) AS n FROM participants
      INNER JOIN messages ON messages.conversation_sid = participants.conversation_sid
      WHERE user_sid = ${this.ann.user} AND (last_read_message_index IS NULL OR idx > last_read_message_index)
    `.execute(core.db.sql);
    for (const server of this.servers) expect(await server.core.unread.of(this.ann.user)).toBe(Number(rows[0]?.n));
  }
}

const kinds = ['remove', 'read', 'read all', 'read none', 'join', 'leave', 'look', 'ask', 'drop', 'others'] as const;
const step = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('send' as const) },
    { weight: 9, arbitrary: fc.constantFrom(...kinds) },
  ),
  place: fc.nat(busy - 1),
  index: fc.nat(12),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Things that happen one after the other, some of them at once. */
const story = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 });

async function holds(world: World, numRuns: number): Promise<void> {
  let checks = 0;
  const property = fc.asyncProperty(story, async (chapters) => {
    for (const steps of chapters) {
      // Some of it is refused: a message is gone already, ann is in it, or is not.
      await Promise.allSettled(steps.map((one) => world.do(one)));
      await world.check();
      checks += world.servers.length;
    }
  });
  await fc.assert(property, { numRuns, endOnFailure: true });
  expect(world.counted / checks).toBeLessThan(0.1);
}

describe('With one server', () => {
  let at: OpenCore;
  let world: World;
  beforeAll(async () => {
    at = await openCore({ databaseUrl: undefined });
    world = await World.open([at]);
  });
  afterAll(() => at.discard());

  test('What is unread is exact after whatever happens, and not counted anew for it.', () => holds(world, 30));

  test('What is committed while it counts is not lost.', async () => {
    const { moves, unread } = at.core;
    const { since } = moves;
    for (const place of [0, 1, 2]) {
      moves.since = async (event) => {
        const found = await since.call(moves, event);
        await world.do({ kind: 'send', place, index: 0 });
        return found;
      };
      await unread.of(world.ann.user);
      moves.since = since;
      await world.check();
    }
  });

  test('For one user it counts once at a time, and goes on when it could not.', async () => {
    const { moves, unread } = at.core;
    const { since } = moves;
    let [underWay, most] = [0, 0];
    moves.since = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await setImmediate();
      underWay -= 1;
      throw new Error('The database is away.');
    };
    const asked = await Promise.allSettled([1, 2, 3].map(() => unread.of(world.ann.user)));
    moves.since = since;
    expect([most, asked.map(({ status }) => status)]).toEqual([1, ['rejected', 'rejected', 'rejected']]);
    await world.check();
  });

  test('What somebody mended in the database past the server shows ten minutes later, and when the clock was put back.', async () => {
    const room = await world.room();
    const before = await at.core.unread.of(world.ann.user);
    await changeDatabase(
      at.directory,
      'UPDATE conversations SET next_index = next_index + 7, message_count = message_count + 7 WHERE sid = ?',
      room,
    );
    at.clock.advance(10 * 60_000 - 1);
    expect(await at.core.unread.of(world.ann.user)).toBe(before);
    at.clock.advance(1);
    expect(await at.core.unread.of(world.ann.user)).toBe(before + 7);
    await changeDatabase(
      at.directory,
      'UPDATE conversations SET next_index = next_index - 7, message_count = message_count - 7 WHERE sid = ?',
      room,
    );
    const { now } = at.clock;
    at.clock.now = () => now.call(at.clock) - 3_600_000;
    expect(await at.core.unread.of(world.ann.user)).toBe(before);
    at.clock.now = now;
  });

  test('Who has read everything takes room, too: who asked longest ago is counted anew where there is none left.', async () => {
    const { core, account, clock, service } = at;
    const { sql: query } = core.db;
    const unwritten = await query
      .selectFrom('conversations')
      .select('sid')
      .where('next_index', '=', 0)
      .limit(quiet)
      .execute();
    const users: string[] = [];
    for (const identity of ['ben', 'cleo', 'dan']) {
      users.push((await at.user(identity)).user);
      const join = ({ sid }: { sid: string }) =>
        core.run(addParticipant, account, { service, conversation: sid, identity });
      await Promise.all(unwritten.map(join));
    }
    const [ben, cleo, dan] = users as [string, string, string];
    const totals = new UnreadTotals(core, clock, 10);
    const countedFor = async (...askers: string[]) => {
      const before = world.counted;
      for (const user of askers) expect(await totals.of(user)).toBe(0);
      return world.counted - before;
    };
    expect(await countedFor(ben, cleo)).toBe(2);
    expect(await countedFor(ben, cleo)).toBe(0);
    expect(await countedFor(dan)).toBe(1);
    expect(await countedFor(cleo, dan)).toBe(0);
    expect(await countedFor(ben)).toBe(1);
  });
});

describe.skipIf(programs === undefined)('With two servers on PostgreSQL', () => {
  let shared: SharedCores;
  let world: World;
  beforeAll(async () => {
    shared = await openTwoShared(programs as string);
    world = await World.open(shared.servers);
    for (const server of shared.servers) await server.look();
  });
  afterAll(() => shared?.discard());

  test('What is unread is exact at both after whatever happens, and not counted anew for it.', () => holds(world, 12));
});
