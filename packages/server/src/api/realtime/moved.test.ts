/** Of whoever is in many conversations and was away for long: what he is told is the same wherever it was found. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserActor } from '../../core/actor.ts';
import { createConversation } from '../../core/conversations/actions.ts';
import type { Core } from '../../core/core.ts';
import { removeMessage, sendMessage } from '../../core/messages/actions.ts';
import { addParticipant, removeParticipant, updateMembership } from '../../core/participants/actions.ts';
import { RecentMoves } from '../../core/recent-moves.ts';
import { findUser } from '../../core/users/actions.ts';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { openTwoShared, type SharedCore, type SharedCores } from '../../testing/open-shared.ts';
import { findPostgres } from '../../testing/run-postgres.ts';
import { type Catchup, catchUp, type Resume } from './connect.ts';
import { presentCursor } from './cursor.ts';

const programs = findPostgres();
/** More than are all looked at. */
const quiet = 205;
const busy = 6;
/** More streams than are looked up whether they are the user's or not. */
const foreign = 60;
/** More than are looked through in the log for somebody. */
const tooMany = 2001;
/** Of one stream nobody is told as much. */
const tooMuch = 1001;

const step = fc.record({
  kind: fc.constantFrom('send', 'send', 'send', 'remove', 'read', 'join', 'leave', 'look'),
  place: fc.nat(busy - 1),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Ann goes away at the end of each chapter, knowing the positions of some of the rooms. */
const chapter = fc.record({ steps: fc.array(step, { maxLength: 6 }), knows: fc.array(fc.nat(busy - 1)) });
const story = fc.record({
  chapters: fc.array(chapter, { minLength: 1, maxLength: 8 }),
  /** Conversations of others in which something happens at last. */
  others: fc.constantFrom(0, 3, foreign),
});

class World {
  readonly servers: readonly OpenCore[];
  readonly ann: UserActor;
  readonly rooms: string[];
  /** Answers that were found in the memory of what moved. */
  remembered = 0;
  #next = 0;

  static async open(servers: readonly OpenCore[]): Promise<World> {
    const [{ core, account, service, user }] = servers as [OpenCore];
    const ann = await user('ann');
    const room = async () => {
      const { sid } = await core.run(createConversation, account, { service });
      await core.run(addParticipant, account, { service, conversation: sid, identity: 'ann' });
      return sid;
    };
    const rooms = await Promise.all(Array.from({ length: quiet + busy }, room));
    const world = new World(servers, ann, rooms.slice(quiet));
    for (const { core: one } of servers) {
      const since = one.moves.since.bind(one.moves);
      one.moves.since = async (event) => {
        const moved = await since(event);
        if (moved) world.remembered += 1;
        return moved;
      };
    }
    return world;
  }

  private constructor(servers: readonly OpenCore[], ann: UserActor, rooms: string[]) {
    this.servers = servers;
    this.ann = ann;
    this.rooms = rooms;
  }

  async do({ kind, place }: Step): Promise<void> {
    this.#next += 1;
    const { core, account, service, ...server } = this.servers[this.#next % this.servers.length] as OpenCore;
    const target = { service, conversation: this.rooms[place] as string };
    if (kind === 'send') await core.run(sendMessage, account, { ...target, body: 'x' });
    else if (kind === 'remove') await core.run(removeMessage, account, { ...target, message: 0 });
    else if (kind === 'join') await core.run(addParticipant, account, { ...target, identity: 'ann' });
    else if (kind === 'leave') await core.run(removeParticipant, account, { ...target, participant: 'ann' });
    else if (kind === 'look') await (server as Partial<SharedCore>).look?.();
    else await core.run(updateMembership, this.ann, { ...target, user: this.ann.user, read: { mode: 'all' } });
  }

  async resume(knows: readonly number[]): Promise<Resume> {
    const [{ core, service }] = this.servers as [OpenCore];
    const cursor = presentCursor(await core.settledEvent(), core.epoch);
    const user = await findUser(core.db, service, this.ann.user);
    const positions: Record<string, number> = { [this.ann.user]: user?.head ?? 0 };
    const rooms = knows.map((place) => this.rooms[place] as string);
    const select = core.db.sql.selectFrom('conversations').select(['sid', 'head']);
    for (const { sid, head } of rooms.length === 0 ? [] : await select.where('sid', 'in', rooms).execute()) {
      positions[sid] = head;
    }
    return { cursor, positions };
  }

  /** Something happens in conversations of others. */
  async happen(count: number): Promise<void> {
    const [{ core, account, service }] = this.servers as [OpenCore];
    await Promise.all(Array.from({ length: count }, () => core.run(createConversation, account, { service })));
    // The others have it still to find.
    await (this.servers.at(-1) as Partial<SharedCore>).look?.();
  }

  async send(conversation: string, count: number): Promise<void> {
    const [{ core, account, service }] = this.servers as [OpenCore];
    const say = () => core.run(sendMessage, account, { service, conversation, body: 'x' });
    await Promise.all(Array.from({ length: count }, say));
  }

  async check(resume: Resume): Promise<void> {
    for (const { core, service } of this.servers) {
      const user = await findUser(core.db, service, this.ann.user);
      if (!user) throw new Error('Ann is gone.');
      const before = this.remembered;
      const found = await catchUp(core, user, resume);
      expect(this.remembered).toBe(before + 1);
      const blind = Object.create(core, { moves: { value: new RecentMoves(async () => []) } }) as Core;
      const looked = await catchUp(blind, user, resume);
      expect(inOrder(found)).toEqual(inOrder(looked));
      expect(found.conversations).toBe(null);
    }
  }
}

/** Streams come in any order; what each tells does not. */
function inOrder({ events, reset, ...rest }: Catchup): Catchup {
  return { ...rest, events: events.toSorted((a, b) => a.stream.localeCompare(b.stream)), reset: reset.toSorted() };
}

async function holds(world: World, numRuns: number): Promise<void> {
  const absences: Resume[] = [];
  const property = fc.asyncProperty(story, async ({ chapters, others }) => {
    const own: Resume[] = [];
    for (const { steps, knows } of chapters) {
      // Some of it is refused: a message is gone already, ann is in it, or is not.
      for (const one of steps) await world.do(one).catch(() => {});
      own.push(await world.resume(knows));
    }
    await world.happen(others);
    for (const absence of own) await world.check(absence);
    absences.push(...own);
  });
  await fc.assert(property, { numRuns, endOnFailure: true });
  const [first, second] = world.rooms as [string, string];
  await world.send(first, tooMuch);
  await world.send(second, tooMany - tooMuch);
  for (const absence of absences) await world.check(absence);
}

describe('With one server', () => {
  let at: OpenCore;
  let world: World;
  beforeAll(async () => {
    at = await openCore({ databaseUrl: undefined });
    world = await World.open([at]);
  });
  afterAll(() => at.discard());

  test('What somebody missed is the same from memory as from the log.', () => holds(world, 20));
});

describe.skipIf(programs === undefined)('With two servers on PostgreSQL', () => {
  let shared: SharedCores;
  let world: World;
  beforeAll(async () => {
    shared = await openTwoShared(programs as string);
    for (const server of shared.servers) await server.look();
    world = await World.open(shared.servers);
  });
  afterAll(() => shared?.discard());

  test('What somebody missed is the same from memory as from the log, at both.', () => holds(world, 8));
});
