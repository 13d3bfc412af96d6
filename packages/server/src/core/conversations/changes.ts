/** What a conversation's log would tell, in short: what is there now and differs from what it was at a position. */
import { setImmediate } from 'node:timers/promises';
import { isSid } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { ConversationsTable, MessagesTable, ParticipantsTable } from '../../storage/schema.ts';
import { runsOf } from './runs.ts';

/** No more new messages than these are told of: older ones come by paging. */
const newestMessages = 1000;
/** Rows that are looked for at once: databases take so many parameters. */
const atOnce = 500;

/** What somebody knows of: a participant by his SID, a message by its SID or, in fewer bytes, by its index. */
export type Known = string | number;

/** A resource that is there, and what became of it. */
export type Change = { position: number; isNew: boolean } & (
  | { kind: 'message'; row: MessagesTable }
  | { kind: 'participant'; row: ParticipantsTable }
);

export interface Changes {
  /** In the order of the stream: that of an added one where it was added, that of others where they changed last. */
  items: Change[];
  /** Those of the known ones that are not there. */
  gone: Known[];
  /** Up to which the items tell of everything. */
  position: number;
}

/**
 * What has happened in a conversation after a position, as far as it matters to somebody who knows of these.
 *
 * @param conversation read before: what is newer than this row is left to the events that tell of it
 * @param limit at most so many items
 */
export async function listChanges(
  db: Db,
  conversation: ConversationsTable,
  after: number,
  known: readonly Known[],
  limit: number,
): Promise<Changes> {
  const { sid, head } = conversation;
  const wanted = new Set(known);
  const there = new Set<Known>();
  const changes: Change[] = [];
  const add = (kind: 'message' | 'participant', row: MessagesTable | ParticipantsTable) => {
    const isNew = row.created_position > after;
    const position = isNew ? row.created_position : row.position;
    // What is newer than the row of the conversation has an event of its own still to come.
    if (position > after && position <= head) changes.push({ kind, row, isNew, position } as Change);
  };
  const participants = await db.sql
    .selectFrom('participants')
    .selectAll()
    .where('conversation_sid', '=', sid)
    .execute();
  for (const row of participants) {
    there.add(row.sid);
    if (row.created_position > after || wanted.has(row.sid)) add('participant', row);
  }

  const ofMessages = db.sql.selectFrom('messages').where('conversation_sid', '=', sid);
  const bySid = [...wanted].filter((one) => typeof one === 'string' && isSid(one, 'IM'));
  const { runs, others } = runsOf([...wanted].filter((one) => typeof one === 'number'));
  /** Where there are more rows than were read, the items tell of everything up to the last of these only. */
  let upTo = head;
  const seen = (rows: readonly MessagesTable[], positionOf = (row: MessagesTable) => row.position) => {
    const last = rows.length > limit && rows.at(-1);
    if (last) upTo = Math.min(upTo, positionOf(last));
  };
  const look = async (some: typeof ofMessages, column: 'sid' | 'idx') => {
    // Where reading is synchronous, nobody else would have his turn between many of these.
    await setImmediate();
    for (const row of await some.select(column).execute()) there.add(row[column]);
    const changed = some.where('created_position', '<=', after).where('position', '>', after);
    const rows = await changed
      .selectAll()
      .orderBy('position')
      .limit(limit + 1)
      .execute();
    for (const row of rows) if (wanted.has(row[column])) add('message', row);
    seen(rows);
  };
  for (const { from, to } of runs) await look(ofMessages.where('idx', '>=', from).where('idx', '<=', to), 'idx');
  for (const [column, ones] of [['sid', bySid] as const, ['idx', others] as const]) {
    for (let at = 0; at < ones.length; at += atOnce) {
      await look(ofMessages.where(column, 'in', ones.slice(at, at + atOnce)), column);
    }
  }
  const fresh = await ofMessages
    .selectAll()
    .where('idx', '>=', conversation.next_index - newestMessages)
    .where('created_position', '>', after)
    .orderBy('idx')
    .limit(limit + 1)
    .execute();
  for (const row of fresh) add('message', row);
  seen(fresh, (row) => row.created_position);

  const told = changes.filter(({ position }) => position <= upTo).sort((a, b) => a.position - b.position);
  const items = told.slice(0, limit);
  const gone = known.filter((one) => !there.has(one));
  return { items, gone, position: items.length < told.length ? (items.at(-1)?.position ?? upTo) : upTo };
}
