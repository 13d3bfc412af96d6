import { requireService } from '../access/standing.ts';
import { defineCommand } from '../command.ts';
import { moveState } from '../conversations/state.ts';
import { conversationBySid } from '../conversations/store.ts';
import { finish } from '../outbox/store.ts';
import { admitAll } from '../participants/add-all.ts';
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
  orderKey: (input: Initialization & InitializationPayload) => input.conversation,
  urgent: true,
  run: async (tx, actor, input: Initialization & InitializationPayload) => {
    const conversation = await takeOver(tx, input);
    if (!conversation) return {};
    const { sid, service_sid } = conversation;
    const service = await requireService(tx, actor, service_sid);
    const newcomers = input.participants.map((one) => ({ shape: checkShape(one, tx.limits), input: one }));
    const initialized = await admitAll(tx, actor, service, sid, newcomers);
    await moveState(tx, initialized.conversation, input.state, 'EVENT');
    return {};
  },
});

/** Nothing of it can be done: the conversation ends. Contract: error 50427. */
export const abandonConversation = defineCommand({
  name: 'conversations.abandon',
  orderKey: (input: Initialization) => input.conversation,
  urgent: true,
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
