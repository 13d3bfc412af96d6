import type { Limits } from '@colloquy/protocol';
import { participantByIdentity } from '../access/store.ts';
import { parseAddress } from '../addresses.ts';
import type { ConversationBrief } from '../conversations/store.ts';
import { participantByAddress } from '../participants/store.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { groupAuthor } from './group-author.ts';

export function checkAuthor(author: string, limits: Limits): void {
  if (author.length > limits.author) throw refuse(50310, { limit: limits.author });
}

/**
 * Whom a text stands for that somebody gives as the author, with the authority to. Contract: any text may be the
 * author; a participant's identity or address makes him the author; none, or an empty one, means the system.
 */
export async function resolveAuthor(
  tx: Transaction,
  conversation: Pick<ConversationBrief, 'sid' | 'non_chat_count'>,
  author: string | undefined,
): Promise<{ author: string; participantSid: string | null }> {
  if (author === undefined || author === '' || author === 'system') {
    if (conversation.non_chat_count > 0) await groupAuthor(tx, conversation.sid, 'system');
    return { author: 'system', participantSid: null };
  }
  checkAuthor(author, tx.limits);
  const participant =
    (await tx.first(participantByIdentity, { conversation: conversation.sid, identity: author })) ??
    (conversation.non_chat_count > 0
      ? await tx.first(participantByAddress, { conversation: conversation.sid, address: stored(author) })
      : undefined);
  if (participant || conversation.non_chat_count === 0) return { author, participantSid: participant?.sid ?? null };
  return { author, participantSid: await groupAuthor(tx, conversation.sid, author) };
}

/** Addresses of e-mail are shown in another form than they are stored in; all others come as they are. */
function stored(address: string): string {
  const parsed = address.includes('@') ? parseAddress(address) : undefined;
  return parsed?.ok ? parsed.address : address;
}
