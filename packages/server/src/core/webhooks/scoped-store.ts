import { isSid } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { ConversationWebhooksTable } from '../../storage/schema/webhooks.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';

export async function countWebhooks(tx: Transaction, conversation: string): Promise<number> {
  const row = await tx.sql
    .selectFrom('conversation_webhooks')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('conversation_sid', '=', conversation)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** Of that conversation only. */
export async function findConversationWebhook(
  db: Db,
  conversation: string,
  sid: string,
): Promise<ConversationWebhooksTable | undefined> {
  if (!isSid(sid, 'WH')) return undefined;
  return db.sql
    .selectFrom('conversation_webhooks')
    .selectAll()
    .where('sid', '=', sid)
    .where('conversation_sid', '=', conversation)
    .executeTakeFirst();
}

/** Oldest first. */
export function listConversationWebhooks(
  db: Db,
  conversation: string,
  request: PageRequest,
): Promise<Page<ConversationWebhooksTable>> {
  const query = db.sql.selectFrom('conversation_webhooks').selectAll().where('conversation_sid', '=', conversation);
  return fetchPage(query, [{ column: 'sid', order: 'asc' }], request);
}

/** They go with their conversation; what they are still to be told of it is on its way. */
export async function deleteWebhooksOf(tx: Transaction, conversation: string): Promise<void> {
  await tx.sql.deleteFrom('conversation_webhooks').where('conversation_sid', '=', conversation).execute();
}
