import type { Sid } from '@colloquy/protocol';
import type { ServicesTable, UsersTable } from '../../storage/schema.ts';
import { requireService } from '../access/standing.ts';
import { loadAccount } from '../accounts/actions.ts';
import type { Actor } from '../actor.ts';
import { defineCommand } from '../command.ts';
import { removeConversation } from '../conversations/actions.ts';
import type { Core } from '../core.ts';
import { appendEvent, nextPosition } from '../log.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { userResource } from '../users/resource.ts';
import { requireBackEnd } from './policy.ts';
import { deleteServiceRow, deleteUserWithStream, selectSomeConversations, selectSomeUsers } from './store.ts';

/** A piece ends at this many events; what others send meanwhile waits no longer than for these. */
const eventsPerPiece = 500;
const rowsPerPiece = 100;

/**
 * Removes a piece of a service: its conversations first, then its users, at the end the service itself with its
 * roles. What is cut off by a crash goes on when the caller asks again.
 *
 * @returns whether there is more to do
 */
export const removeServicePiece = defineCommand({
  name: 'services.remove-piece',
  lane: (input: { service: string }) => input.service,
  run: async (tx, actor, input: { service: string }): Promise<{ more: boolean }> => {
    requireBackEnd(actor);
    const service = await requireService(tx, actor, input.service);
    const account = await loadAccount(tx, service.account_sid);
    if (account.default_chat_service_sid === service.sid) {
      throw refuse(20409, { reason: 'the default service of the account cannot be deleted' });
    }
    if (await removeSome(tx, service)) return { more: true };
    await deleteServiceRow(tx, service.sid);
    return { more: false };
  },
});

/** @returns false when nothing was left */
async function removeSome(tx: Transaction, service: ServicesTable): Promise<boolean> {
  const conversations = await selectSomeConversations(tx, service.sid, rowsPerPiece);
  for (const row of conversations) {
    await removeConversation(tx, row);
    if (tx.events.length >= eventsPerPiece) break;
  }
  if (conversations.length > 0) return true;
  const users = await selectSomeUsers(tx, service.sid, rowsPerPiece);
  for (const row of users) await removeUser(tx, row);
  return users.length > 0;
}

/** The event still reaches his sockets. */
async function removeUser(tx: Transaction, row: UsersTable): Promise<void> {
  const user = row.sid as Sid<'US'>;
  await appendEvent(tx, user, await nextPosition(tx, user), 'user.removed', userResource(row));
  await deleteUserWithStream(tx, user);
}

/** Deletes a service and everything in it. */
export async function removeService(core: Core, actor: Actor, service: string): Promise<void> {
  while ((await core.run(removeServicePiece, actor, { service })).more);
}
