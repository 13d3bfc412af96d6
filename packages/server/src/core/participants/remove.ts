import type { Sid } from '@colloquy/protocol';
import type { ConversationsTable, ParticipantsTable } from '../../storage/schema.ts';
import { requirePermission } from '../access/standing.ts';
import { participantByIdentity } from '../access/store.ts';
import { defineCommand } from '../command.ts';
import { loadConversation } from '../conversations/actions.ts';
import { requireOpen } from '../conversations/policy.ts';
import { conversationBySid } from '../conversations/store.ts';
import { appendEvent, nextPosition } from '../log.ts';
import { planMembershipPush } from '../push/plan.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { regroup, selectBound } from './group.ts';
import { membershipResource, participantResource } from './resource.ts';
import { countParticipant, deleteBinding, deleteParticipantRow, selectParticipant } from './store.ts';

export interface RemoveParticipant {
  service: string;
  conversation: string;
  /** SID or identity. */
  participant: string;
}

/** Takes a participant out; a user who removes himself leaves. What he wrote stays. */
export const removeParticipant = defineCommand({
  name: 'participants.remove',
  orderKey: (input: RemoveParticipant) => input.conversation,
  run: async (tx, actor, input: RemoveParticipant) => {
    const { row: conversation, standing } = await loadConversation(tx, actor, input.service, input.conversation);
    const row = await selectParticipant(tx, conversation.sid, input.participant);
    if (!row) throw refuse(50432);
    const own = actor.kind === 'user' && row.user_sid === actor.user;
    requirePermission(standing, own ? 'leaveConversation' : 'removeParticipant');
    requireOpen(conversation);
    const position = await take(tx, conversation, row, own ? 'left' : 'removed', 'refuse');
    await planMembershipPush(tx, actor, 'removed_from_conversation', row, position);
    return { position };
  },
});

/** For the removal of a user, which no state of a conversation hinders. */
export async function removeFromConversation(
  tx: Transaction,
  conversationSid: string,
  identity: string,
  reason: 'left' | 'removed',
): Promise<void> {
  const conversation = await tx.first(conversationBySid, { sid: conversationSid });
  const row = await tx.first(participantByIdentity, { conversation: conversationSid, identity });
  if (conversation && row) await take(tx, conversation, row, reason, 'yield');
}

/** @returns the position of the event in the conversation's stream */
async function take(
  tx: Transaction,
  conversation: ConversationsTable,
  row: ParticipantsTable,
  reason: 'left' | 'removed',
  ifGroupTaken: 'refuse' | 'yield',
): Promise<number> {
  const chat = row.type === 'chat';
  if (!chat) {
    const before = await selectBound(tx, conversation.sid);
    const after = before.filter((one) => one.sid !== row.sid);
    const plainChat = conversation.participant_count - conversation.non_chat_count;
    await regroup(tx, conversation, { before, after, plainChat }, ifGroupTaken);
  }
  const after = await countParticipant(tx, conversation, { by: -1, chat, creatorJoined: false });
  await deleteBinding(tx, row);
  await deleteParticipantRow(tx, row.sid);
  await appendEvent(tx, row.conversation_sid as Sid<'CH'>, after.head, 'participant.removed', participantResource(row));
  if (row.user_sid === null) return after.head;
  const user = row.user_sid as Sid<'US'>;
  const membership = membershipResource(row);
  await appendEvent(tx, user, await nextPosition(tx, user), 'membership.removed', { membership, reason });
  return after.head;
}
