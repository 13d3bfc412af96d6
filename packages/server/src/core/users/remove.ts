import type { Sid } from '@colloquy/protocol';
import type { UsersTable } from '../../storage/schema.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { requireService } from '../access/standing.ts';
import type { Actor } from '../actor.ts';
import { defineCommand } from '../command.ts';
import type { Core } from '../core.ts';
import { appendEvent, nextPosition } from '../log.ts';
import { mediaNews } from '../media/actions.ts';
import { deleteMedia, unsentMediaOf } from '../media/store.ts';
import { removeFromConversation } from '../participants/remove.ts';
import { deleteBindingsOf } from '../push/bindings.ts';
import { refuse } from '../refusal.ts';
import { leaveToSweep } from '../sweeps.ts';
import type { Transaction } from '../transaction.ts';
import { deletePresence } from './reachability.ts';
import { reachableResource } from './resource.ts';
import { deleteUserRow, selectConversationsOf, selectUser } from './store.ts';

/** A thousand conversations at once would keep everyone else waiting. */
const conversationsPerPiece = 50;

/**
 * Takes the user out of some of his conversations, and when he is in none any more, removes him; his messages stay.
 * Until then it is noted that he is to go.
 *
 * @returns whether there is more to do
 */
export const deleteUser = defineCommand({
  name: 'users.delete',
  orderKey: (input: { service: string; user: string }) => input.service,
  run: async (tx, actor, input: { service: string; user: string }): Promise<{ more: boolean }> => {
    requireBackEnd(actor);
    const service = await requireService(tx, actor, input.service);
    const row = await selectUser(tx, service.sid, input.user);
    if (!row) throw refuse(50200);
    return removeSome(tx, row);
  },
});

/** The next pieces of a removal that has begun: they are none of the changes that a back end's rate is counted by. */
export const deleteUserPiece = defineCommand({
  name: 'users.delete-piece',
  orderKey: (input: { service: string; user: string }) => input.service,
  run: async (tx, actor, input: { service: string; user: string }): Promise<{ more: boolean }> => {
    requireBackEnd(actor);
    const service = await requireService(tx, actor, input.service);
    const row = await selectUser(tx, service.sid, input.user);
    return row ? removeSome(tx, row) : { more: false };
  },
});

async function removeSome(tx: Transaction, row: UsersTable): Promise<{ more: boolean }> {
  const conversations = await selectConversationsOf(tx, row.sid, conversationsPerPiece + 1);
  for (const { conversation_sid } of conversations.slice(0, conversationsPerPiece)) {
    await removeFromConversation(tx, conversation_sid, row.identity, 'removed');
  }
  if (conversations.length > conversationsPerPiece) {
    await noteRemoval(tx, row);
    return { more: true };
  }
  await removeUserRow(tx, row);
  return { more: false };
}

async function noteRemoval(tx: Transaction, { sid, service_sid }: UsersTable): Promise<void> {
  await tx.sql
    .insertInto('user_removals')
    .values({ user_sid: sid, service_sid, date_created: tx.now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Removes a user who is in no conversation. The event still reaches his sockets; his log is swept up. */
export async function removeUserRow(tx: Transaction, row: UsersTable): Promise<void> {
  const user = row.sid as Sid<'US'>;
  const resource = await reachableResource(tx, row);
  await appendEvent(tx, user, await nextPosition(tx, user), 'user.removed', resource);
  await deleteBindingsOf(tx, user);
  await deletePresence(tx, user);
  // Whoever comes with the same identity is another user.
  await deleteMedia(tx, await unsentMediaOf(tx, row.service_sid, row.identity));
  tx.woken.add(mediaNews);
  await tx.sql.deleteFrom('user_removals').where('user_sid', '=', user).execute();
  await deleteUserRow(tx, user);
  await leaveToSweep(tx, user);
}

/** Removes a user, and comes back when he is gone. What is cut off by a crash goes on at the next start. */
export async function removeUser(core: Core, actor: Actor, input: { service: string; user: string }): Promise<void> {
  let { more } = await core.run(deleteUser, actor, input);
  while (more) ({ more } = await core.run(deleteUserPiece, actor, input));
}

/**
 * Goes on with a removal that a crash has cut off.
 *
 * @returns whether there is more to do
 */
export const resumeUserRemovals = defineCommand({
  name: 'users.resume-removals',
  orderKey: () => 'sweep',
  run: async (tx, _actor, _input: Record<never, never>): Promise<{ more: boolean }> => {
    const pending = await tx.sql.selectFrom('user_removals').selectAll().orderBy('user_sid').executeTakeFirst();
    if (!pending) return { more: false };
    const row = await selectUser(tx, pending.service_sid, pending.user_sid);
    if (row) await removeSome(tx, row);
    else await tx.sql.deleteFrom('user_removals').where('user_sid', '=', pending.user_sid).execute();
    return { more: true };
  },
});
