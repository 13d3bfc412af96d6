import { isSid } from '@colloquy/protocol';
import { type SqlBool, sql } from 'kysely';
import { type Db, prepare, prepareLocking, prepareText } from '../../storage/db.ts';
import type { ConversationsTable, ParticipantsTable } from '../../storage/schema.ts';
import { fetchPage, type Page, type PageRequest, type SortKey } from '../paging.ts';
import { leaveToSweep } from '../sweeps.ts';
import type { Transaction } from '../transaction.ts';

const bySid = prepareLocking((sql, p: { service: string; sid: string }) =>
  sql.selectFrom('conversations').selectAll().where('sid', '=', p.sid).where('service_sid', '=', p.service),
);

const byUniqueName = prepareLocking((sql, p: { service: string; name: string }) =>
  sql.selectFrom('conversations').selectAll().where('service_sid', '=', p.service).where('unique_name', '=', p.name),
);

/** By SID or unique name; neither can have the form of the other. */
export function selectConversation(db: Db, service: string, ref: string): Promise<ConversationsTable | undefined> {
  return isSid(ref, 'CH') ? db.first(bySid, { service, sid: ref }) : db.first(byUniqueName, { service, name: ref });
}

/** What of a conversation each message needs; reading all of it would cost as much as the rest. */
const briefColumns = [
  'sid',
  'account_sid',
  'service_sid',
  'state',
  'created_by',
  'creator_awaited',
  'non_chat_count',
  'inactive_timer',
  'closed_timer',
] as const satisfies (keyof ConversationsTable)[];

export type ConversationBrief = Pick<ConversationsTable, (typeof briefColumns)[number]>;

const briefBySid = prepareLocking((sql, p: { service: string; sid: string }) =>
  sql.selectFrom('conversations').select(briefColumns).where('sid', '=', p.sid).where('service_sid', '=', p.service),
);

const briefByUniqueName = prepareLocking((sql, p: { service: string; name: string }) =>
  sql
    .selectFrom('conversations')
    .select(briefColumns)
    .where('service_sid', '=', p.service)
    .where('unique_name', '=', p.name),
);

/** For several calls at once; locked in the order of their SIDs, as everybody locks several. */
export const briefsBySid = prepareText(
  (p: { sids: string[] }) => sql<ConversationBrief>`
    SELECT ${sql.raw(briefColumns.join(', '))} FROM conversations
    WHERE sid = ANY(${p.sids}::text[]) ORDER BY sid FOR UPDATE`,
);

/** As `selectConversation`. */
export function selectBrief(db: Db, service: string, ref: string): Promise<ConversationBrief | undefined> {
  return isSid(ref, 'CH')
    ? db.first(briefBySid, { service, sid: ref })
    : db.first(briefByUniqueName, { service, name: ref });
}

/** For what knows the SID from another row, whose service was checked. */
export const conversationBySid = prepareLocking((sql, p: { sid: string }) =>
  sql.selectFrom('conversations').selectAll().where('sid', '=', p.sid),
);

/** As it is by now: what a command has done since it read the row has moved its counters and its head. */
export async function reloadConversation(tx: Transaction, sid: string): Promise<ConversationsTable> {
  const row = await tx.first(conversationBySid, { sid });
  if (!row) throw new Error(`No conversation ${sid}.`);
  return row;
}

const heldBySid = prepareLocking((sql, p: { sid: string }) =>
  sql.selectFrom('conversations').select('sid').where('sid', '=', p.sid),
);

/**
 * Holds the conversation: its receipts, its lanes of the outbox and its positions change one after the other.
 *
 * @returns false when it is gone
 */
export async function lockConversation(tx: Transaction, sid: string): Promise<boolean> {
  return (await tx.first(heldBySid, { sid })) !== undefined;
}

export interface ConversationFilter {
  /** Created at or after, at or before; milliseconds. */
  startDate?: number | undefined;
  endDate?: number | undefined;
  state?: string | undefined;
}

/** Most recent activity first; newest first when dates are asked for (contract: "Conversation Resource"). */
export function selectConversations(
  db: Db,
  service: string,
  filter: ConversationFilter,
  request: PageRequest,
): Promise<Page<ConversationsTable>> {
  let query = db.sql.selectFrom('conversations').selectAll().where('service_sid', '=', service);
  if (filter.startDate !== undefined) query = query.where('date_created', '>=', filter.startDate);
  if (filter.endDate !== undefined) query = query.where('date_created', '<=', filter.endDate);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  // As text and not as a parameter: so the database sees that the index of those that are not active has them all.
  if (filter.state !== undefined && filter.state !== 'active') query = query.where(sql<SqlBool>`state <> 'active'`);
  const byCreation = filter.startDate !== undefined || filter.endDate !== undefined;
  const sortKey: SortKey = [
    { column: byCreation ? 'date_created' : 'date_activity', order: 'desc' },
    { column: 'sid', order: 'desc' },
  ];
  return fetchPage(query, sortKey, request);
}

export async function insertConversation(tx: Transaction, row: ConversationsTable): Promise<void> {
  await tx.sql.insertInto('conversations').values(row).execute();
}

/** Writes what an update may change; counters, indexes and the head have their own statements. */
export async function updateConversationRow(tx: Transaction, row: ConversationsTable): Promise<void> {
  await tx.sql
    .updateTable('conversations')
    .set({
      messaging_service_sid: row.messaging_service_sid,
      friendly_name: row.friendly_name,
      unique_name: row.unique_name,
      attributes: row.attributes,
      state: row.state,
      date_state_updated: row.date_state_updated,
      inactive_timer: row.inactive_timer,
      closed_timer: row.closed_timer,
      date_inactive: row.date_inactive,
      date_closed: row.date_closed,
      email_address: row.email_address,
      email_name: row.email_name,
      last_message_index: row.last_message_index,
      last_message_date: row.last_message_date,
      date_activity: row.date_activity,
      position: row.position,
      date_created: row.date_created,
      date_updated: row.date_updated,
    })
    .where('sid', '=', row.sid)
    .execute();
}

/** Moves the timers alone, which is no change that anybody is told of. */
export const moveDeadlines = prepare((sql, p: Pick<ConversationsTable, 'sid' | 'date_inactive' | 'date_closed'>) =>
  sql
    .updateTable('conversations')
    .set({ date_inactive: p.date_inactive, date_closed: p.date_closed })
    .where('sid', '=', p.sid),
);

/** Each member's user is locked by what follows: in the order of their SIDs, so that nobody who does the same waits in a circle. */
export function selectMembers(tx: Transaction, conversation: string): Promise<ParticipantsTable[]> {
  return tx.sql
    .selectFrom('participants')
    .selectAll()
    .where('conversation_sid', '=', conversation)
    .where('user_sid', 'is not', null)
    .orderBy('user_sid')
    .execute();
}

/** The pairs of address and proxy address, and the numbers of a group, are free for other conversations from now on. */
export async function freeBindings(tx: Transaction, conversation: string): Promise<void> {
  await tx.sql.deleteFrom('bindings').where('conversation_sid', '=', conversation).execute();
  await tx.sql.deleteFrom('group_conversations').where('conversation_sid', '=', conversation).execute();
}

export async function deleteConversationRow(tx: Transaction, conversation: string): Promise<void> {
  await tx.sql.deleteFrom('participants').where('conversation_sid', '=', conversation).execute();
  await tx.sql.deleteFrom('conversations').where('sid', '=', conversation).execute();
  await leaveToSweep(tx, conversation);
}
