import type { ConversationsTable } from '../../storage/schema.ts';
import { requireService } from '../access/standing.ts';
import type { Actor } from '../actor.ts';
import { defineCommand } from '../command.ts';
import { moveState } from '../conversations/state.ts';
import { conversationBySid } from '../conversations/store.ts';
import { finish } from '../outbox/store.ts';
import { admit } from '../participants/add.ts';
import { regroup, selectBound } from '../participants/group.ts';
import { checkShape } from '../participants/shape.ts';
import type { Transaction } from '../transaction.ts';
import type { InitializationPayload } from './create.ts';

/** Work that was claimed. */
export interface Initialization {
  conversation: string;
  lease: string;
}

/**
 * Adds all participants and makes the conversation what it is to be, in one: whoever looks sees none of them or all.
 *
 * @throws Refusal when one of them cannot be added: somebody else was quicker to take his pair of addresses, for example
 */
export const initializeConversation = defineCommand({
  name: 'conversations.initialize',
  lane: (input: Initialization & InitializationPayload) => input.conversation,
  run: async (tx, actor, input: Initialization & InitializationPayload) => {
    const conversation = await takeOver(tx, input);
    if (!conversation) return {};
    await addAll(tx, actor, conversation, input);
    const row = await reload(tx, conversation.sid);
    await moveState(tx, row, input.state, 'EVENT');
    return {};
  },
});

async function addAll(
  tx: Transaction,
  actor: Actor,
  { sid, service_sid }: ConversationsTable,
  { participants }: InitializationPayload,
): Promise<void> {
  const service = await requireService(tx, actor, service_sid);
  for (const participant of participants) {
    const shape = checkShape(participant, tx.limits);
    await admit(tx, actor, service, await reload(tx, sid), shape, participant, { grouped: 'later' });
  }
  // All of them make the group: some of them may be another group that there is already.
  const conversation = await reload(tx, sid);
  const after = await selectBound(tx, sid);
  await regroup(tx, conversation, { before: [], after, plainChat: conversation.participant_count - after.length });
}

/** Nothing of it can be done: the conversation ends. Contract: error 50427. */
export const abandonConversation = defineCommand({
  name: 'conversations.abandon',
  lane: (input: Initialization) => input.conversation,
  run: async (tx, _actor, input: Initialization) => {
    const conversation = await takeOver(tx, input);
    if (conversation) await moveState(tx, conversation, 'closed', 'EVENT');
    return {};
  },
});

/** Ends the work. Undefined: somebody else has it by now, or the conversation was deleted in between. */
async function takeOver(tx: Transaction, { conversation: sid, lease }: Initialization) {
  const conversation = await tx.first(conversationBySid, { sid });
  if (!(await finish(tx, sid, lease))) return undefined;
  return conversation?.state === 'initializing' ? conversation : undefined;
}

async function reload(tx: Transaction, sid: string): Promise<ConversationsTable> {
  const row = await tx.first(conversationBySid, { sid });
  if (!row) throw new Error(`No conversation ${sid}.`);
  return row;
}
