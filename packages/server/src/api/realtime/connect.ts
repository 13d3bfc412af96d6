import { type AnyStreamEvent, type ConnectResult, limits, type StreamSid } from '@colloquy/protocol';
import type { Core } from '../../core/core.ts';
import { readEvents } from '../../core/log.ts';
import { listMemberships } from '../../core/participants/actions.ts';
import { type StreamHead, selectFollowed, selectHeads, selectHeadsOf, selectStreamsSince } from '../../core/streams.ts';
import { reachableResource } from '../../core/users/resource.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import type { UsersTable } from '../../storage/schema.ts';
import { presentEntries } from './present.ts';

/** More than this in one stream, and a snapshot is cheaper than what was missed. */
const missedPerStream = 1000;
const missedAltogether = 5000;
/** Of their data: larger answers never arrive on a slow line, which is asked for the same again and again. */
const missedBytes = 4 * 1024 * 1024;
const eventsAtOnce = 100;
/** How far back streams without a known position are searched for. */
const searchedEvents = 50_000;
/** Conversations of a user that are all looked at, whether something happened in them or not. */
const fewConversations = 200;
/** For a user in more it is looked at what happened in the whole server, if that is no more than this. */
const fewEvents = 2000;
/** Then as many streams are looked at besides whose positions are known. */
const fewKnown = 1000;

export interface Resume {
  cursor: string;
  positions: Record<string, number>;
}

export type Catchup = Pick<ConnectResult, 'cursor' | 'position' | 'user' | 'conversations' | 'events' | 'reset'>;

/** What a client needs to begin: itself and the first page of its conversations. */
export async function snapshot(core: Core, user: UsersTable): Promise<Catchup> {
  // Read before everything else: whatever is committed in the meantime is delivered twice rather than never.
  const cursor = await core.settledEvent();
  const page = await listMemberships(core.db, user.sid, { limit: limits.defaultPageSize });
  return {
    cursor: String(cursor),
    user: await reachableResource(core.db, user),
    position: user.head,
    conversations: presentEntries(page),
    events: [],
    reset: [],
  };
}

/** What a client missed since it was connected last, or where it is too much: which streams to read anew. */
export async function catchUp(core: Core, user: UsersTable, resume: Resume): Promise<Catchup> {
  const cursor = Number(resume.cursor);
  const newest = await core.settledEvent();
  const since = resume.positions[user.sid];
  const room: Room = { events: missedAltogether, bytes: missedBytes };
  const own = since === undefined ? undefined : await missed(core, user.sid, { after: since, head: user.head }, room);
  // Positions that are not there yet are of another database, or of this one before a backup was put back.
  const everything = async () => ({ ...(await snapshot(core, user)), reset: [user.sid as StreamSid] });
  if (!own || (since ?? 0) > user.head || !Number.isSafeInteger(cursor) || cursor > newest) return everything();

  const events: LoggedEvent[] = own;
  const reset: StreamSid[] = [];
  const joinedAt = joins(own);
  const seen = (stream: string) => joinedAt.get(stream) ?? resume.positions[stream];
  const looked = await whatMoved(core, user.sid, {
    cursor,
    newest,
    known: [...joinedAt.keys(), ...Object.keys(resume.positions)],
    seen,
  });
  if (!looked) return everything();
  const { heads, unseen } = looked;
  for (const { conversation_sid: stream, created_position, head } of heads) {
    const first = unseen.get(stream);
    const from = Math.max(seen(stream) ?? (first === undefined ? head : first - 1), created_position);
    if (from === head) continue;
    const later = from < head ? await missed(core, stream, { after: from, head }, room) : undefined;
    if (later) events.push(...later);
    else reset.push(stream as StreamSid);
  }
  return {
    cursor: String(newest),
    user: await reachableResource(core.db, user),
    position: own.at(-1)?.position ?? since ?? 0,
    conversations: null,
    events: events.map(presentEvent),
    reset,
  };
}

interface Looked {
  /** Of every stream that may have moved. */
  heads: StreamHead[];
  /** Of those without a known position that moved: the first one since. */
  unseen: ReadonlyMap<string, number>;
}

/**
 * Where the streams stand that may have moved since a client was connected. After a moment's absence these are few,
 * however many conversations the user is in.
 *
 * @param known streams whose positions are known
 * @returns undefined when too much happened to find out
 */
async function whatMoved(
  { db }: Core,
  user: string,
  given: { cursor: number; newest: number; known: string[]; seen: (stream: string) => number | undefined },
): Promise<Looked | undefined> {
  const { cursor, newest, known, seen } = given;
  const isInMany = async () => (await selectFollowed(db, user, '', fewConversations + 1)).length > fewConversations;
  if (newest - cursor <= fewEvents && known.length <= fewKnown && (await isInMany())) {
    const unseen = await selectStreamsSince(db, cursor);
    const streams = new Set([...known, ...unseen.keys()].filter((stream) => stream.startsWith('CH')));
    return { heads: await selectHeadsOf(db, user, [...streams]), unseen };
  }
  const heads = await selectHeads(db, user);
  // Looking through the log is left out where it can be: after a restart all clients come back at once.
  const allSeen = heads.every((one) => seen(one.conversation_sid) !== undefined);
  if (!allSeen && newest - cursor > searchedEvents) return undefined;
  return { heads, unseen: allSeen ? new Map() : await selectStreamsSince(db, cursor) };
}

export function presentEvent(event: LoggedEvent): AnyStreamEvent {
  const { stream, position, type, time, data } = event;
  return { stream, position, type, time, data: JSON.parse(data) } as AnyStreamEvent;
}

/** What else an answer may bring. Bytes that were read in vain count as well. */
interface Room {
  events: number;
  bytes: number;
}

/** @returns undefined when it is too much, which costs next to nothing, or the log does not go back so far any more */
async function missed(
  core: Core,
  stream: string,
  { after, head }: { after: number; head: number },
  room: Room,
): Promise<LoggedEvent[] | undefined> {
  if (head - after > Math.min(missedPerStream, room.events)) return undefined;
  const events: LoggedEvent[] = [];
  for (let at = after; room.bytes > 0; ) {
    const piece = await readEvents(core.db, stream, at, eventsAtOnce);
    const [first] = piece;
    if (first && first.position !== at + 1) return undefined;
    events.push(...piece);
    for (const { data } of piece) room.bytes -= Buffer.byteLength(data);
    at += piece.length;
    if (piece.length === eventsAtOnce) continue;
    if (at < head || room.bytes < 0) return undefined;
    room.events -= events.length;
    return events;
  }
  return undefined;
}

/** Where the streams of conversations stood when the user came into them; he is not told of what was before. */
function joins(own: readonly LoggedEvent[]): Map<string, number> {
  const positions = new Map<string, number>();
  for (const event of own) {
    if (event.type !== 'membership.added') continue;
    const data = JSON.parse(event.data) as { membership: { conversationSid: string }; position: number };
    positions.set(data.membership.conversationSid, data.position);
  }
  return positions;
}
