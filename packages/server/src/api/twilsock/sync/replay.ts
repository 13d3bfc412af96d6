/** What a client missed of an object's items, from the log. */
import { readEvents } from '../../../core/log.ts';
import type { Db } from '../../../storage/db.ts';
import { type Note, notesOf } from './notes.ts';
import type { SyncObject } from './objects.ts';

const eventsAtOnce = 100;

/** Up to which position a client knows an object. */
export interface Wanted {
  object: SyncObject;
  after: number;
}

/** How much may still be read for one request; the client asks again for what is left. */
export interface Room {
  events: number;
  bytes: number;
}

/**
 * The notes of some objects of one stream since each was known last, and how far they go: to the head of the stream,
 * unless there was no room for that.
 */
export async function missed(
  db: Db,
  stream: string,
  wanted: readonly Wanted[],
  head: number,
  room: Room,
): Promise<{ notes: Note[]; upTo: number }> {
  const after = new Map(wanted.map((one) => [one.object.sid, one.after]));
  const notes: Note[] = [];
  let at = Math.min(head, ...after.values());
  while (at < head && room.events > 0 && room.bytes > 0) {
    const piece = await readEvents(db, stream, at, Math.min(eventsAtOnce, room.events));
    const last = piece.at(-1);
    // The rest was swept up: the stream's owner is gone.
    if (!last) return { notes, upTo: head };
    room.events -= piece.length;
    for (const { data } of piece) room.bytes -= Buffer.byteLength(data);
    at = last.position;
    for (const event of piece) {
      if (event.position > head) return { notes: merge(notes), upTo: head };
      for (const note of notesOf(event)) if (note.id > (after.get(note.object.sid) ?? head)) notes.push(note);
    }
  }
  return { notes: merge(notes), upTo: at };
}

/**
 * Leaves out what an item was in between, so that what was taken back is not told again. A client may have read an item
 * at any time since, without being told of it: so one that was added and changed is told of as both, and what was
 * removed always is. Whoever does not know it, or has it as new, leaves it out by himself.
 */
export function merge(notes: readonly Note[]): Note[] {
  /** Of each item, the places in the list of what is told of it since it was removed last. */
  const told = new Map<string, { added?: number; updated?: number }>();
  const merged: (Note | undefined)[] = [];
  for (const note of notes) {
    const item = `${note.object.sid} ${note.key}`;
    const before = told.get(item) ?? {};
    if (before.updated !== undefined) merged[before.updated] = undefined;
    if (note.change === 'removed') {
      if (before.added !== undefined) merged[before.added] = undefined;
      told.delete(item);
    } else if (note.change === 'added') {
      told.set(item, { added: merged.length });
    } else {
      const added = before.added === undefined ? undefined : merged[before.added];
      if (added && before.added !== undefined) merged[before.added] = { ...added, data: note.data };
      told.set(item, { ...before, updated: merged.length });
    }
    merged.push(note);
  }
  return merged.filter((note) => note !== undefined);
}
