import type { EventCatalogue, EventType, StreamSid } from '@colloquy/protocol';
import { sql } from 'kysely';
import { type Db, prepare, prepareText } from '../storage/db.ts';
import type { LoggedEvent } from '../storage/driver.ts';
import type { Transaction } from './transaction.ts';

const advanceConversation = prepare((sql, p: { sid: string }) =>
  sql
    .updateTable('conversations')
    .set((eb) => ({ head: eb('head', '+', 1) }))
    .where('sid', '=', p.sid)
    .returning('head'),
);

const advanceUser = prepare((sql, p: { sid: string }) =>
  sql
    .updateTable('users')
    .set((eb) => ({ head: eb('head', '+', 1) }))
    .where('sid', '=', p.sid)
    .returning('head'),
);

const insertEvent = prepare((sql, p: { stream: string; position: number; type: string; time: number; data: string }) =>
  sql
    .insertInto('events')
    .values({ stream: p.stream, position: p.position, type: p.type, time: p.time, data: p.data })
    .returning('id'),
);

/**
 * Takes the next position of a stream. The row that holds the head stays locked until the commit, so the
 * order of positions is the order of commits.
 *
 * @throws when the stream's owner is not there: a mistake in the command
 */
export async function nextPosition(tx: Transaction, stream: string): Promise<number> {
  const row = await tx.first(stream.startsWith('CH') ? advanceConversation : advanceUser, { sid: stream });
  if (!row) throw new Error(`No stream ${stream}.`);
  return row.head;
}

/** Appends an event at a position that `nextPosition` gave (or that the command took itself, for a new stream or a batch). */
export async function appendEvent<T extends EventType>(
  tx: Transaction,
  stream: StreamSid,
  position: number,
  type: T,
  data: EventCatalogue[T],
): Promise<void> {
  const row = { stream, position, type, time: tx.now, data: JSON.stringify(data) };
  // The id is for those who are told after the commit.
  const event = { id: 0, ...row };
  tx.events.push(event);
  tx.later(
    tx.first(insertEvent, row).then((inserted) => {
      if (!inserted) throw new Error('The event was not inserted.');
      event.id = inserted.id;
    }),
  );
}

const insertEvents = prepareText(
  (p: { streams: string[]; positions: number[]; types: string[]; times: number[]; data: string[] }) => sql<{
    id: number;
  }>`
    INSERT INTO events (stream, position, type, time, data)
    SELECT stream, position, type, time, data
    FROM unnest(${p.streams}::text[], ${p.positions}::bigint[], ${p.types}::text[], ${p.times}::bigint[], ${p.data}::text[])
      WITH ORDINALITY AS given (stream, position, type, time, data, place)
    ORDER BY place
    RETURNING id`,
);

export interface NewEvent<T extends EventType> {
  tx: Transaction;
  stream: StreamSid;
  position: number;
  data: EventCatalogue[T];
}

/** The same for several calls at once, where the database takes lists. */
export async function appendEvents<T extends EventType>(type: T, events: readonly NewEvent<T>[]): Promise<void> {
  const [first] = events;
  if (!first) return;
  const data = events.map((event) => JSON.stringify(event.data));
  const ids = await first.tx.all(insertEvents, {
    streams: events.map((event) => event.stream),
    positions: events.map((event) => event.position),
    types: events.map(() => type),
    times: events.map((event) => event.tx.now),
    data,
  });
  for (const [at, { tx, stream, position }] of events.entries()) {
    const { id } = ids[at] as { id: number };
    tx.events.push({ id, stream, position, type, time: tx.now, data: data[at] as string });
  }
}

const eventsAfter = prepare((sql, p: { stream: string; after: number; limit: number }) =>
  sql
    .selectFrom('events')
    .selectAll()
    .where('stream', '=', p.stream)
    .where('position', '>', p.after)
    .orderBy('position')
    .limit(p.limit),
);

/** A stream's events after a position, in order. */
export function readEvents(db: Db, stream: string, after: number, limit: number): Promise<LoggedEvent[]> {
  return db.all(eventsAfter, { stream, after, limit });
}
