import type { ServicesTable } from '../../storage/schema.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { requireService } from '../access/standing.ts';
import { loadAccount } from '../accounts/actions.ts';
import type { Actor } from '../actor.ts';
import { defineCommand } from '../command.ts';
import type { Core } from '../core.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { serviceRemovers } from './removers.ts';
import { deleteServiceRow } from './store.ts';

/**
 * Removes a piece of a service, at the end the service itself with its roles. What is cut off by a crash goes on when the caller asks again.
 *
 * @returns whether there is more to do
 */
export const removeServicePiece = defineCommand({
  name: 'services.remove-piece',
  orderKey: (input: { service: string }) => input.service,
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
  for (const remove of serviceRemovers) if (await remove(tx, service)) return true;
  return false;
}

/** Deletes a service and everything in it. */
export async function removeService(core: Core, actor: Actor, service: string): Promise<void> {
  while ((await core.run(removeServicePiece, actor, { service })).more);
}
