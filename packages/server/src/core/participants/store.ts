import { isSid } from '@colloquy/protocol';
import { type Db, prepare, prepareLocking } from '../../storage/db.ts';
import type { BindingsTable, ConversationsTable, ParticipantsTable } from '../../storage/schema.ts';
import { participantByIdentity } from '../access/store.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';

const bySid = prepareLocking((sql, p: { conversation: string; sid: string }) =>
  sql.selectFrom('participants').selectAll().where('sid', '=', p.sid).where('conversation_sid', '=', p.conversation),
);

export const participantByAddress = prepareLocking((sql, p: { conversation: string; address: string }) =>
  sql
    .selectFrom('participants')
    .selectAll()
    .where('conversation_sid', '=', p.conversation)
    .where('address', '=', p.address),
);

export const participantOfUser = prepare((sql, p: { user: string; conversation: string }) =>
  sql
    .selectFrom('participants')
    .selectAll()
    .where('user_sid', '=', p.user)
    .where('conversation_sid', '=', p.conversation),
);

/** By SID or identity; neither can have the form of the other. */
export async function selectParticipant(
  db: Db,
  conversation: string,
  ref: string,
): Promise<ParticipantsTable | undefined> {
  return isSid(ref, 'MB')
    ? db.first(bySid, { conversation, sid: ref })
    : db.first(participantByIdentity, { conversation, identity: ref });
}

/** In the order they came. */
export function selectParticipants(
  db: Db,
  conversation: string,
  request: PageRequest,
): Promise<Page<ParticipantsTable>> {
  const query = db.sql.selectFrom('participants').selectAll().where('conversation_sid', '=', conversation);
  return fetchPage(query, [{ column: 'sid', order: 'asc' }], request);
}

export async function insertParticipant(tx: Transaction, row: ParticipantsTable): Promise<void> {
  await tx.sql.insertInto('participants').values(row).execute();
}

export async function updateParticipantRow(tx: Transaction, row: ParticipantsTable): Promise<void> {
  const { sid, ...rest } = row;
  await tx.sql.updateTable('participants').set(rest).where('sid', '=', sid).execute();
}

export async function deleteParticipantRow(tx: Transaction, sid: string): Promise<void> {
  await tx.sql.deleteFrom('participants').where('sid', '=', sid).execute();
}

const addToCounts = prepare(
  (sql, p: { sid: string; participants: number; nonChat: number; now: number; awaited: number }) =>
    sql
      .updateTable('conversations')
      .set((eb) => ({
        head: eb('head', '+', 1),
        participant_count: eb('participant_count', '+', p.participants),
        non_chat_count: eb('non_chat_count', '+', p.nonChat),
        creator_awaited: p.awaited,
        date_activity: p.now,
      }))
      .where('sid', '=', p.sid)
      .returningAll(),
);

/** Takes the next position and counts a participant in or out, in one statement. */
export async function countParticipant(
  tx: Transaction,
  conversation: ConversationsTable,
  change: { by: 1 | -1; chat: boolean; creatorJoined: boolean },
): Promise<ConversationsTable> {
  const row = await tx.first(addToCounts, {
    sid: conversation.sid,
    participants: change.by,
    nonChat: change.chat ? 0 : change.by,
    now: tx.now,
    awaited: change.creatorJoined ? 0 : conversation.creator_awaited,
  });
  if (!row) throw new Error(`No conversation ${conversation.sid}.`);
  return row;
}

const addToNonChat = prepare((sql, p: { sid: string; by: number }) =>
  sql
    .updateTable('conversations')
    .set((eb) => ({ non_chat_count: eb('non_chat_count', '+', p.by) }))
    .where('sid', '=', p.sid),
);

/** A participant who stays became one with an address, or ceased to be one. */
export async function recountNonChat(tx: Transaction, conversation: string, by: 1 | -1): Promise<void> {
  await tx.run(addToNonChat, { sid: conversation, by });
}

export function selectBinding(
  tx: Transaction,
  account: string,
  proxyAddress: string,
  address: string,
): Promise<BindingsTable | undefined> {
  return tx.sql
    .selectFrom('bindings')
    .selectAll()
    .where('account_sid', '=', account)
    .where('proxy_address', '=', proxyAddress)
    .where('address', '=', address)
    .executeTakeFirst();
}

export async function insertBinding(tx: Transaction, row: BindingsTable): Promise<void> {
  await tx.sql.insertInto('bindings').values(row).execute();
}

export async function deleteBinding(tx: Transaction, participant: ParticipantsTable): Promise<void> {
  if (participant.address === null || participant.proxy_address === null) return;
  await tx.sql
    .deleteFrom('bindings')
    .where('account_sid', '=', participant.account_sid)
    .where('proxy_address', '=', participant.proxy_address)
    .where('address', '=', participant.address)
    .where('participant_sid', '=', participant.sid)
    .execute();
}
