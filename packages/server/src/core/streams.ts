import { type Kysely, sql as raw } from 'kysely';
import { type Db, evened, prepare, prepareText } from '../storage/db.ts';
import type { Schema } from '../storage/schema.ts';

// The index has all of it: no row of a conversation is looked at.
const followed = prepare((sql, p: { user: string; after: string; limit: number }) =>
  sql
    .selectFrom('participants')
    .select('conversation_sid')
    .where('user_sid', '=', p.user)
    .where('conversation_sid', '>', p.after)
    .orderBy('conversation_sid')
    .limit(p.limit),
);

/** Some of the streams of the conversations a user is in: those after a SID, in the order of their SIDs. */
export async function selectFollowed(db: Db, user: string, after: string, limit: number): Promise<string[]> {
  return (await db.all(followed, { user, after, limit })).map((row) => row.conversation_sid);
}

const followedUpTo = prepare((sql, p: { user: string; after: string; upTo: string }) =>
  sql
    .selectFrom('participants')
    .select('conversation_sid')
    .where('user_sid', '=', p.user)
    .where('conversation_sid', '>', p.after)
    .where('conversation_sid', '<=', p.upTo),
);

/** All of them after a SID and up to another one. */
export async function selectFollowedUpTo(db: Db, user: string, after: string, upTo: string): Promise<string[]> {
  return (await db.all(followedUpTo, { user, after, upTo })).map((row) => row.conversation_sid);
}

// One row: making an object of each SID would take longer than to read them.
const allFollowed = prepareText(
  (p: { user: string }) =>
    raw<{
      sids: string | null;
    }>`SELECT string_agg(conversation_sid, ' ') AS sids FROM participants WHERE user_sid = ${p.user}`,
);

/** All of them, in any order. */
export async function selectAllFollowed(db: Db, user: string): Promise<string[]> {
  return (await db.first(allFollowed, { user }))?.sids?.split(' ') ?? [];
}

const conversationsOf = (sql: Kysely<Schema>, user: string) =>
  sql
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversation_sid')
    .where('participants.user_sid', '=', user);

const headsOf = (sql: Kysely<Schema>, user: string) =>
  conversationsOf(sql, user).select([
    'participants.conversation_sid',
    'participants.created_position',
    'conversations.head',
  ]);

const heads = prepare((sql, p: { user: string }) => headsOf(sql, p.user));

export interface StreamHead {
  conversation_sid: string;
  /** Where the user came in: what is before is not his to hear. */
  created_position: number;
  head: number;
}

/** The same streams, and how far they are. */
export function selectHeads(db: Db, user: string): Promise<StreamHead[]> {
  return db.all(heads, { user });
}

/** The same of some of the streams: those that the user is in. */
export async function selectHeadsOf(db: Db, user: string, streams: readonly string[]): Promise<StreamHead[]> {
  if (streams.length === 0) return [];
  return headsOf(db.sql, user).where('participants.conversation_sid', 'in', evened(streams)).execute();
}

const movedSince = prepare((sql, p: { user: string; id: number }) =>
  conversationsOf(sql, p.user)
    .select('participants.conversation_sid')
    // One look into the index each: a join might be made by reading the whole log.
    .where(
      (eb) =>
        eb
          .selectFrom('events')
          .select('events.id')
          .whereRef('events.stream', '=', 'conversations.sid')
          .whereRef('events.position', '=', 'conversations.head'),
      '>',
      p.id,
    ),
);

/** Those of the user's streams that moved after an event, however long ago that was. */
export async function selectMovedSince(db: Db, user: string, id: number): Promise<string[]> {
  return (await db.all(movedSince, { user, id })).map((row) => row.conversation_sid);
}

const positionAt = prepare((sql, p: { stream: string; id: number; above: number }) =>
  sql
    .selectFrom('events')
    .select('position')
    .where('stream', '=', p.stream)
    .where('position', '>', p.above)
    .where('id', '<=', p.id)
    .orderBy('position', 'desc')
    .limit(1),
);

/** Where a stream stood at an event; undefined if it was not beyond `above` then. */
export async function selectPositionAt(db: Db, stream: string, id: number, above: number): Promise<number | undefined> {
  return (await db.first(positionAt, { stream, id, above }))?.position;
}

// As it stands in the index by stream, SQLite would group by that index, and so read the whole log.
const ofOneStream = raw<string>`stream || ''`;

const since = prepare((sql, p: { id: number }) =>
  sql
    .selectFrom('events')
    .select((eb) => [ofOneStream.as('stream'), eb.fn.min<number>('position').as('first')])
    .where('id', '>', p.id)
    .groupBy(ofOneStream),
);

/** The streams that moved after an event, and the first position of each since then. */
export async function selectStreamsSince(db: Db, id: number): Promise<Map<string, number>> {
  const rows = await db.all(since, { id });
  return new Map(rows.map((row) => [row.stream, row.first]));
}

/** Where streams stand; those whose owner is not there (any more) are left out. */
export async function selectStreamHeads(db: Db, streams: readonly string[]): Promise<Map<string, number>> {
  const heads = new Map<string, number>();
  for (const [table, prefix] of [['conversations', 'CH'] as const, ['users', 'US'] as const]) {
    const sids = streams.filter((stream) => stream.startsWith(prefix));
    if (sids.length === 0) continue;
    const rows = await db.sql.selectFrom(table).select(['sid', 'head']).where('sid', 'in', evened(sids)).execute();
    for (const { sid, head } of rows) heads.set(sid, head);
  }
  return heads;
}

const moved = prepare((sql, p: { after: number; upTo: number }) =>
  sql
    .selectFrom('events')
    .select((eb) => [
      ofOneStream.as('stream'),
      eb.fn.max<number>('position').as('position'),
      eb.fn.max<number>('id').as('id'),
    ])
    .where('id', '>', p.after)
    .where('id', '<=', p.upTo)
    .groupBy(ofOneStream),
);

/** Where the streams stand that have events after one and up to another one, by these, and the newest of each one's. */
export async function selectMoved(
  db: Db,
  after: number,
  upTo: number = Number.MAX_SAFE_INTEGER,
): Promise<Map<string, { position: number; id: number }>> {
  const rows = await db.all(moved, { after, upTo });
  return new Map(rows.map((row) => [row.stream, row]));
}

const beyond = prepare((sql, p: { after: number; limit: number }) =>
  sql.selectFrom('events').select(['id', 'stream']).where('id', '>', p.after).orderBy('id').limit(p.limit),
);

/** The streams of the events after one, as far as these are there; at most so many. */
export function selectBeyond(db: Db, after: number, limit: number): Promise<{ id: number; stream: string }[]> {
  return db.all(beyond, { after, limit });
}
