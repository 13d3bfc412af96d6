/** Webhooks of single conversations. Contract: "Conversation Scoped Webhook Resource". */
import type { ConversationWebhooksTable } from '../../storage/schema/webhooks.ts';
import type { ConversationsTable } from '../../storage/schema.ts';
import { requireBackEnd } from '../access/back-end.ts';
import type { Actor } from '../actor.ts';
import { defineCommand } from '../command.ts';
import { loadConversation } from '../conversations/actions.ts';
import { requireOpen } from '../conversations/policy.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { planReplay } from './replay.ts';
import { checkScopedSettings, checkTarget, type ScopedSettings } from './scoped-settings.ts';
import { countWebhooks, findConversationWebhook } from './scoped-store.ts';

export interface NewConversationWebhook extends ScopedSettings {
  /** `webhook`, `trigger` or `studio`, in any letter case. */
  target?: string | undefined;
  /** Index of the first message that is sent to it although it was there before. */
  replayAfter?: number | undefined;
}

export interface AddConversationWebhook extends NewConversationWebhook {
  service: string;
  /** SID or unique name. */
  conversation: string;
}

export const addConversationWebhook = defineCommand({
  name: 'webhooks.add',
  orderKey: (input: AddConversationWebhook) => input.conversation,
  run: async (tx, actor, input: AddConversationWebhook): Promise<ConversationWebhooksTable> => {
    const conversation = await loadForBackEnd(tx, actor, input);
    requireOpen(conversation);
    return attachWebhook(tx, conversation, input);
  },
});

/** Gives a conversation a webhook. */
export async function attachWebhook(
  tx: Transaction,
  conversation: Pick<
    ConversationsTable,
    'sid' | 'account_sid' | 'service_sid' | 'next_index' | 'messaging_service_sid'
  >,
  { target, replayAfter, ...settings }: NewConversationWebhook,
): Promise<ConversationWebhooksTable> {
  const checked = checkScopedSettings({ target: checkTarget(target) }, settings, tx.limits);
  if (replayAfter !== undefined && (!Number.isSafeInteger(replayAfter) || replayAfter < 0)) {
    throw refuse(20422, { parameter: 'Configuration.ReplayAfter', reason: 'not the index of a message' });
  }
  const { webhooksPerConversation: limit } = tx.limits;
  if ((await countWebhooks(tx, conversation.sid)) >= limit) throw refuse(50361, { limit });
  const row: ConversationWebhooksTable = {
    sid: tx.newSid('WH'),
    account_sid: conversation.account_sid,
    service_sid: conversation.service_sid,
    conversation_sid: conversation.sid,
    ...checked,
    replay_after: replayAfter ?? null,
    date_created: tx.now,
    date_updated: tx.now,
  };
  await tx.sql.insertInto('conversation_webhooks').values(row).execute();
  if (replayAfter !== undefined && checked.url !== null) {
    await planReplay(tx, row, { from: replayAfter, until: conversation.next_index });
  }
  return row;
}

export interface UpdateConversationWebhook extends ScopedSettings {
  service: string;
  conversation: string;
  webhook: string;
}

/** The target stays what it is. What waits to be delivered goes to the new URL. */
export const updateConversationWebhook = defineCommand({
  name: 'webhooks.update',
  orderKey: (input: UpdateConversationWebhook) => input.conversation,
  run: async (tx, actor, input: UpdateConversationWebhook): Promise<ConversationWebhooksTable> => {
    const conversation = await loadForBackEnd(tx, actor, input);
    const row = await requireWebhook(tx, conversation.sid, input.webhook);
    requireOpen(conversation);
    const updated = { ...row, ...checkScopedSettings(row, input, tx.limits), date_updated: tx.now };
    const { sid, ...rest } = updated;
    await tx.sql.updateTable('conversation_webhooks').set(rest).where('sid', '=', sid).execute();
    return updated;
  },
});

export interface RemoveConversationWebhook {
  service: string;
  conversation: string;
  webhook: string;
}

/** What waits to be delivered to it is dropped when its turn comes. */
export const removeConversationWebhook = defineCommand({
  name: 'webhooks.remove',
  orderKey: (input: RemoveConversationWebhook) => input.conversation,
  run: async (tx, actor, input: RemoveConversationWebhook) => {
    const conversation = await loadForBackEnd(tx, actor, input);
    const row = await requireWebhook(tx, conversation.sid, input.webhook);
    await tx.sql.deleteFrom('conversation_webhooks').where('sid', '=', row.sid).execute();
    return {};
  },
});

async function loadForBackEnd(
  tx: Transaction,
  actor: Actor,
  input: { service: string; conversation: string },
): Promise<ConversationsTable> {
  requireBackEnd(actor);
  const { row } = await loadConversation(tx, actor, input.service, input.conversation);
  return row;
}

async function requireWebhook(tx: Transaction, conversation: string, sid: string): Promise<ConversationWebhooksTable> {
  const row = await findConversationWebhook(tx, conversation, sid);
  if (!row) throw refuse(50360);
  return row;
}
