import type { ConversationsTable, ParticipantsTable } from '../../storage/schema.ts';
import { serviceBySid } from '../access/store.ts';
import type { Actor } from '../actor.ts';
import { addressTypeOf } from '../addresses.ts';
import { reloadConversation } from '../conversations/store.ts';
import { admit } from '../participants/add.ts';
import { blankShape } from '../participants/shape.ts';
import { Refusal } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import type { Parties } from './destination.ts';

/**
 * Makes somebody who followed a link into a conversation one of its participants. Where it is full, say, what he wrote
 * is there all the same.
 *
 * @returns the conversation as it is then; without a participant where he could not become one
 */
export async function joinByLink(
  tx: Transaction,
  actor: Actor,
  conversation: ConversationsTable,
  { sender, recipient }: Parties,
): Promise<{ conversation: ConversationsTable; participant: ParticipantsTable | undefined }> {
  const { account_sid: account, service_sid: service, sid } = conversation;
  const home = await tx.first(serviceBySid, { account, service });
  const type = addressTypeOf(sender);
  if (!home || !type) return { conversation, participant: undefined };
  const shape = { ...blankShape, type, address: sender, proxyAddress: recipient };
  try {
    const participant = await admit(tx, actor, home, conversation, shape, {});
    return { conversation: await reloadConversation(tx, sid), participant };
  } catch (error) {
    if (error instanceof Refusal) return { conversation, participant: undefined };
    throw error;
  }
}
