import { mailRoutes } from '../participants/by-mail.ts';
import type { Transaction } from '../transaction.ts';
import type { Standing } from './barriers.ts';
import { groupCopies, type Route } from './group-copies.ts';
import { bindingsOf } from './store.ts';

/** Where a copy goes, with what may stand in its way. */
export type CopyRoute = Route & Partial<Standing> & { sender_name?: string | null };

/**
 * The ways out of a conversation: one for each participant outside chat.
 *
 * @param author SID of the participant who wrote; in a group text the copies come from his address
 */
export async function routesOf(
  tx: Transaction,
  conversation: { sid: string; non_chat_count: number },
  author: string | null,
): Promise<CopyRoute[]> {
  let routes: CopyRoute[] = await tx.all(bindingsOf, { conversation: conversation.sid });
  // In a group nobody has a proxy address.
  if (routes.length === 0) routes = await groupCopies(tx, conversation.sid, author);
  if (routes.length < conversation.non_chat_count) routes = [...routes, ...(await mailRoutes(tx, conversation.sid))];
  return routes;
}
