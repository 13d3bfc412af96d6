import type { Core } from '../../core/core.ts';
import {
  type StreamHead,
  selectFollowed,
  selectHeads,
  selectHeadsOf,
  selectMovedSince,
  selectPositionAt,
  selectStreamsSince,
} from '../../core/streams.ts';

/** More than this in one stream, and a snapshot is cheaper than what was missed. */
export const missedPerStream = 1000;
/** Conversations of a user that are all looked at, whether something happened in them or not. */
const fewConversations = 200;
/** Events of the whole server that may be looked through in the log: more take longer than the user's conversations. */
const fewEvents = 2000;
/** So many of them take as long as to find out where one stream stood. */
const eventsPerPlace = 50;
/** Streams that are looked up whether they are the user's or not. */
const fewForeign = 50;
/** Streams that are looked up one by one; of more than these, all of the user's are. */
const fewStreams = 3000;

interface Moved extends Pick<StreamHead, 'created_position' | 'head'> {
  stream: string;
  /** Where it stood at the cursor, or so far back that it is too much. */
  before(): Promise<number>;
}

export interface Absence {
  /** Id of the last event before it, and of the newest one that counts now. */
  cursor: number;
  newest: number;
  /** Streams whose positions the client gave, or that it is told of anyway. */
  known: readonly string[];
}

/** The first position of each stream after the cursor. */
type Firsts = ReadonlyMap<string, number>;

type Parts = Pick<Core, 'db' | 'moves' | 'followed'>;

/**
 * The streams that may have moved since a client was connected: those that did after its cursor, and those whose
 * positions it gave. After a moment's absence these are few, however many conversations the user is in.
 */
export async function whatMoved(parts: Parts, user: string, absence: Absence): Promise<Moved[]> {
  const { db } = parts;
  const { cursor, newest, known } = absence;
  const since = await movedSince(parts, user, absence);
  const concerned = new Set([...known, ...since.streams].filter((stream) => stream.startsWith('CH')));
  const isFew = concerned.size <= fewStreams;
  const found = isFew ? await selectHeadsOf(db, user, [...concerned]) : await selectHeads(db, user);
  const heads = found.filter((one) => concerned.has(one.conversation_sid));
  const places = heads.length - known.length;
  const isQuicker = newest - cursor <= Math.min(places * eventsPerPlace, fewEvents);
  const firsts = since.firsts ?? (isQuicker ? await selectStreamsSince(db, cursor) : undefined);
  return heads.map(({ conversation_sid: stream, created_position, head }) => ({
    stream,
    created_position,
    head,
    before: async () => {
      const first = firsts?.get(stream);
      if (first !== undefined) return first - 1;
      const above = head - missedPerStream - 1;
      return (await selectPositionAt(db, stream, cursor, above)) ?? above;
    },
  }));
}

/** The streams that moved after the cursor: the user's, and maybe some of others. */
async function movedSince(
  parts: Parts,
  user: string,
  { cursor, newest }: Absence,
): Promise<{ streams: readonly string[]; firsts?: Firsts }> {
  const { db, moves } = parts;
  const some = await selectFollowed(db, user, '', fewConversations + 1);
  const lately = some.length > fewConversations ? await moves.since(cursor) : undefined;
  if (lately) return { streams: await pickOut(parts, user, lately) };
  if (some.length <= fewConversations || newest - cursor > fewEvents) {
    return { streams: await selectMovedSince(db, user, cursor) };
  }
  const firsts = await selectStreamsSince(db, cursor);
  return { streams: await pickOut(parts, user, [...firsts.keys()]), firsts };
}

async function pickOut({ followed }: Parts, user: string, streams: readonly string[]): Promise<readonly string[]> {
  if (streams.length <= fewForeign) return streams;
  const own = await followed.of(user);
  return streams.filter((stream) => own.has(stream));
}
