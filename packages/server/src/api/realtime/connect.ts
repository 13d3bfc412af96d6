import { type AnyStreamEvent, type ConnectResult, limits, type StreamSid } from '@colloquy/protocol';
import type { Core } from '../../core/core.ts';
import { readEvents } from '../../core/log.ts';
import { listMemberships } from '../../core/participants/actions.ts';
import { reachableResource } from '../../core/users/resource.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import { newestEvent } from '../../storage/events.ts';
import type { UsersTable } from '../../storage/schema.ts';
import { readCursor } from './cursor.ts';
import { missedPerStream, whatMoved } from './moved.ts';
import { presentEntries } from './present.ts';

const missedAltogether = 5000;
/** Of their data: larger answers never arrive on a slow line, which is asked for the same again and again. */
const missedBytes = 4 * 1024 * 1024;
const eventsAtOnce = 100;

export interface Resume {
  cursor: string;
  positions: Record<string, number>;
}

export interface Catchup extends Pick<ConnectResult, 'position' | 'user' | 'conversations' | 'events' | 'reset'> {
  /** Id of the event up to which all is in it. */
  upTo: number;
}

/** What a client needs to begin: itself and the first page of its conversations. */
export async function snapshot(core: Core, user: UsersTable): Promise<Catchup> {
  // Read before everything else: whatever is committed in the meantime is delivered twice rather than never.
  const upTo = await core.settledEvent();
  const page = await listMemberships(core.db, user.sid, { limit: limits.defaultPageSize });
  return {
    upTo,
    user: await reachableResource(core.db, user),
    position: user.head,
    conversations: presentEntries(page),
    events: [],
    reset: [],
  };
}

/** What a client missed since it was connected last, or where it is too much: which streams to read anew. */
export async function catchUp(core: Core, user: UsersTable, resume: Resume): Promise<Catchup> {
  const cursor = readCursor(resume.cursor, core.epoch);
  const newest = await settledBy(core, cursor);
  const since = resume.positions[user.sid];
  const room: Room = { events: missedAltogether, bytes: missedBytes };
  const own = since === undefined ? undefined : await missed(core, user.sid, { after: since, head: user.head }, room);
  // Positions that are not there yet are of another database, or of this one before a backup was put back.
  const everything = async () => ({ ...(await snapshot(core, user)), reset: [user.sid as StreamSid] });
  if (!own || (since ?? 0) > user.head || cursor === undefined || cursor > newest) return everything();

  const events = [...own];
  const reset: StreamSid[] = [];
  const joinedAt = joins(own);
  const seen = (stream: string) => joinedAt.get(stream) ?? resume.positions[stream];
  const known = [...joinedAt.keys(), ...Object.keys(resume.positions)];
  for (const { stream, created_position, head, before } of await whatMoved(core, user.sid, { cursor, newest, known })) {
    // Where there is no room left, it does not matter from where.
    const from = Math.max(seen(stream) ?? (room.events > 0 ? await before() : 0), created_position);
    if (from === head) continue;
    const later = from < head ? await missed(core, stream, { after: from, head }, room) : undefined;
    if (later) events.push(...later);
    else reset.push(stream as StreamSid);
  }
  return {
    upTo: newest,
    user: await reachableResource(core.db, user),
    position: own.at(-1)?.position ?? since ?? 0,
    conversations: null,
    events: events.map(presentEvent),
    reset,
  };
}

/** What another server has called settled is so here, too, though this one may not have looked since. */
async function settledBy(core: Core, cursor = 0): Promise<number> {
  const settled = await core.settledEvent();
  return cursor > settled && cursor <= (await newestEvent(core.db)) ? cursor : settled;
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
