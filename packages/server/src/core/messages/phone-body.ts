import type { ConversationBrief } from '../conversations/store.ts';
import { groupCopies } from '../receipts/group-copies.ts';
import { bindingsOf } from '../receipts/store.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';

/**
 * Refuses a text that is longer than SMS and WhatsApp carry, when it would go there. Contract: "Conversations Limits";
 * behaviour reference, section 7.
 *
 * @param author participant who gets no copy; null when the author is none
 * @throws Refusal 50504
 */
export async function requireFitForPhones(
  tx: Transaction,
  conversation: ConversationBrief,
  body: string | null,
  author: string | null,
): Promise<void> {
  const limit = tx.limits.phoneMessageBody;
  if (body === null || body.length <= limit || conversation.non_chat_count === 0) return;
  const bound = await tx.all(bindingsOf, { conversation: conversation.sid });
  const copies = bound.length > 0 ? bound : await groupCopies(tx, conversation.sid, author);
  const toPhone = copies.some(({ participant_sid, address }) => participant_sid !== author && isPhone(address));
  if (toPhone) throw refuse(50504, { limit, unit: 'characters towards SMS and WhatsApp' });
}

/** SMS has no prefix. */
function isPhone(address: string): boolean {
  return address.startsWith('whatsapp:') || !address.includes(':');
}
