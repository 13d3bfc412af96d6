import type { ServicesTable } from '../../storage/schema.ts';
import { heldRole, serviceBySid } from '../access/store.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';

type Default =
  | 'default_chat_service_role_sid'
  | 'default_conversation_role_sid'
  | 'default_conversation_creator_role_sid';

/**
 * The role that a service gives where none is asked for. Nobody deletes it before the end of the transaction.
 *
 * @param service as it was read: meanwhile, another role may have become its default, and this one be no more
 */
export async function defaultRole(tx: Transaction, service: ServicesTable, which: Default): Promise<string> {
  if (await tx.first(heldRole, { role: service[which] })) return service[which];
  const now = await tx.first(serviceBySid, { account: service.account_sid, service: service.sid });
  if (!now || !(await tx.first(heldRole, { role: now[which] }))) throw refuse(50100);
  return now[which];
}
