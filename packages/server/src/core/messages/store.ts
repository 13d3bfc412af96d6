import { isSid } from '@colloquy/protocol';
import { type Db, prepare, prepareLocking } from '../../storage/db.ts';
import type { MessagesTable } from '../../storage/schema.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import { notifiedMessages } from '../push/notified.ts';
import { deleteDeliveriesOf } from '../receipts/store.ts';
import type { Transaction } from '../transaction.ts';
import { noteRemoval } from './removal-counts.ts';

/** Takes the next index and the next position of the conversation, in one statement, and counts the message. */
export const takeIndex = prepare((sql, p: { sid: string; date: number; now: number }) =>
  sql
    .updateTable('conversations')
    .set((eb) => ({
      last_message_index: eb.ref('next_index'),
      next_index: eb('next_index', '+', 1),
      message_count: eb('message_count', '+', 1),
      head: eb('head', '+', 1),
      last_message_date: p.date,
      date_activity: p.now,
    }))
    .where('sid', '=', p.sid)
    .returning((eb) => ['next_index', 'head', notifiedMessages(eb).as('notified')]),
);

export const insertMessage = prepare((sql, p: MessagesTable) =>
  sql.insertInto('messages').values({
    conversation_sid: p.conversation_sid,
    idx: p.idx,
    sid: p.sid,
    author: p.author,
    body: p.body,
    subject: p.subject,
    attributes: p.attributes,
    participant_sid: p.participant_sid,
    content_sid: p.content_sid,
    rich_content: p.rich_content,
    media: p.media,
    last_updated_by: p.last_updated_by,
    receipt_count: p.receipt_count,
    delivery: p.delivery,
    created_position: p.created_position,
    position: p.position,
    date_created: p.date_created,
    date_updated: p.date_updated,
  }),
);

const bySid = prepareLocking((sql, p: { conversation: string; sid: string }) =>
  sql.selectFrom('messages').selectAll().where('sid', '=', p.sid).where('conversation_sid', '=', p.conversation),
);

const byIndex = prepareLocking((sql, p: { conversation: string; index: number }) =>
  sql.selectFrom('messages').selectAll().where('conversation_sid', '=', p.conversation).where('idx', '=', p.index),
);

/** By SID or index. */
export async function selectMessage(
  db: Db,
  conversation: string,
  ref: string | number,
): Promise<MessagesTable | undefined> {
  if (typeof ref === 'number') return db.first(byIndex, { conversation, index: ref });
  return isSid(ref, 'IM') ? db.first(bySid, { conversation, sid: ref }) : undefined;
}

/** By index. */
export function selectMessages(
  db: Db,
  conversation: string,
  order: 'asc' | 'desc',
  request: PageRequest,
): Promise<Page<MessagesTable>> {
  const query = db.sql.selectFrom('messages').selectAll().where('conversation_sid', '=', conversation);
  return fetchPage(query, [{ column: 'idx', order }], request);
}

const upTo = prepare((sql, p: { conversation: string; index: number; limit: number }) =>
  sql
    .selectFrom('messages')
    .selectAll()
    .where('conversation_sid', '=', p.conversation)
    .where('idx', '<=', p.index)
    .orderBy('idx', 'desc')
    .limit(p.limit),
);

const from = prepare((sql, p: { conversation: string; index: number; limit: number }) =>
  sql
    .selectFrom('messages')
    .selectAll()
    .where('conversation_sid', '=', p.conversation)
    .where('idx', '>=', p.index)
    .orderBy('idx')
    .limit(p.limit),
);

/** Messages around an index that need not exist: up to it (the nearest ones), or from it. Ascending. */
export async function selectAround(
  db: Db,
  conversation: string,
  index: number,
  direction: 'backwards' | 'forward',
  limit: number,
): Promise<MessagesTable[]> {
  if (direction === 'forward') return db.all(from, { conversation, index, limit });
  return (await db.all(upTo, { conversation, index, limit })).reverse();
}

export async function updateMessageRow(tx: Transaction, row: MessagesTable): Promise<void> {
  const { sid, ...rest } = row;
  await tx.sql.updateTable('messages').set(rest).where('sid', '=', sid).execute();
}

export async function deleteMessageRow(tx: Transaction, row: MessagesTable): Promise<void> {
  await deleteDeliveriesOf(tx, [row.sid]);
  await tx.sql.deleteFrom('messages').where('sid', '=', row.sid).execute();
  await tx.sql
    .updateTable('conversations')
    .set((eb) => ({ message_count: eb('message_count', '-', 1) }))
    .where('sid', '=', row.conversation_sid)
    .execute();
  await noteRemoval(tx, row.conversation_sid, row.idx);
}
