/** What a client missed of an object's items, from the log. */
import { readEvents } from '../../../core/log.ts';
import type { Db } from '../../../storage/db.ts';
import { type Note, notesOf } from './notes.ts';
import type { SyncObject } from './objects.ts';

const eventsAtOnce = 200;

/** Up to which position a client knows an object. */
export interface Wanted {
  object: SyncObject;
  after: number;
}

/** How many events may still be read for one request; the client asks again for what is left. */
export interface Room {
  events: number;
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
  while (at < head && room.events > 0) {
    const piece = await readEvents(db, stream, at, Math.min(eventsAtOnce, room.events));
    const last = piece.at(-1);
    // The rest was swept up: the stream's owner is gone.
    if (!last) return { notes, upTo: head };
    room.events -= piece.length;
    at = last.position;
    for (const event of piece) {
      if (event.position > head) return { notes: merge(notes), upTo: head };
      for (const note of notesOf(event)) if (note.id > (after.get(note.object.sid) ?? head)) notes.push(note);
    }
  }
  return { notes: merge(notes), upTo: at };
}

/**
 * Leaves out what an item was in between: it is told of once, as added if it was, with what it became last; and of one
 * that came and went, nothing. What was removed and came again is told as both.
 */
export function merge(notes: readonly Note[]): Note[] {
  /** Of each item, the places in the list of what is told of it since it was removed last. */
  const told = new Map<string, { at: number; isNew: boolean }>();
  const merged: (Note | undefined)[] = [];
  for (const note of notes) {
    const item = `${note.object.sid} ${note.key}`;
    const before = told.get(item);
    if (before) merged[before.at] = undefined;
    if (note.change === 'removed') {
      told.delete(item);
      if (!before?.isNew) merged.push(note);
      continue;
    }
    const isNew = before ? before.isNew : note.change === 'added';
    told.set(item, { at: merged.length, isNew });
    merged.push(isNew ? { ...note, change: 'added' } : note);
  }
  return merged.filter((note) => note !== undefined);
}
