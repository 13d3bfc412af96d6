import type { ServicesTable } from '../../storage/schema.ts';
import { removeConversation } from '../conversations/actions.ts';
import type { Transaction } from '../transaction.ts';
import { removeUserRow } from '../users/remove.ts';
import { selectSomeConversations, selectSomeUsers } from './store.ts';

/**
 * Removes some of what an area keeps of a service: few enough that nobody who waits for the writer notices.
 *
 * @returns whether there was anything to remove; it is called again until there is not
 */
export type ServiceRemover = (tx: Transaction, service: ServicesTable) => Promise<boolean>;

/** A piece ends at this many events; what others send meanwhile waits no longer than for these. */
const eventsPerPiece = 500;
const rowsPerPiece = 100;

async function removeConversations(tx: Transaction, service: ServicesTable): Promise<boolean> {
  const conversations = await selectSomeConversations(tx, service.sid, rowsPerPiece);
  for (const row of conversations) {
    await removeConversation(tx, row);
    if (tx.events.length >= eventsPerPiece) break;
  }
  return conversations.length > 0;
}

/** They are in no conversation any more. */
async function removeUsers(tx: Transaction, service: ServicesTable): Promise<boolean> {
  const users = await selectSomeUsers(tx, service.sid, rowsPerPiece);
  for (const row of users) await removeUserRow(tx, row);
  return users.length > 0;
}

/** What is one row a service, or a few. Addresses that made conversations in it make none any more. */
async function removeSettings(tx: Transaction, { sid }: ServicesTable): Promise<boolean> {
  await tx.sql
    .updateTable('address_configurations')
    .set({ auto_enabled: 0, auto_service_sid: null })
    .where('auto_service_sid', '=', sid)
    .execute();
  await tx.sql.deleteFrom('webhook_configurations').where('owner', '=', sid).execute();
  await tx.sql.deleteFrom('push_settings').where('service_sid', '=', sid).execute();
  return false;
}

/**
 * Everything that belongs to services. An area that keeps rows of a service adds a remover: `services.test.ts` looks
 * through all tables that name a service. Removed in this order; roles and the service itself go last.
 */
export const serviceRemovers: readonly ServiceRemover[] = [removeConversations, removeUsers, removeSettings];
