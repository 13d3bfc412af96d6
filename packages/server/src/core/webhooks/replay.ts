/** A webhook that is made with `ReplayAfter` first gets the messages that were there before it. */
import { prepare } from '../../storage/db.ts';
import type { ConversationWebhooksTable } from '../../storage/schema/webhooks.ts';
import type { ConversationsTable, MessagesTable } from '../../storage/schema.ts';
import { defineCommand } from '../command.ts';
import { conversationBySid, lockConversation } from '../conversations/store.ts';
import { messageResource } from '../messages/resource.ts';
import { insertWork } from '../outbox/add.ts';
import { finish } from '../outbox/store.ts';
import type { Transaction } from '../transaction.ts';
import { laneOf, planDelivery, seqOf, webhookWork } from './deliveries.ts';
import { commonParameters, type Origin } from './parameters/common.ts';
import { messageAdded } from './parameters/message.ts';
import { findConversationWebhook } from './scoped-store.ts';
import { wants } from './targets.ts';

/** Small enough that nobody who waits for the writer notices. */
const pieceSize = 50;

/** What an outbox row of a replay holds. */
export interface Replay {
  conversation: string;
  webhook: string;
  /** Index of the first message that is still to come. */
  from: number;
  /** Index of the first message that the webhook was told of as it came. */
  until: number;
}

/** Begins a replay: it is the first work in the webhook's lane, and what happens from now on waits behind it. */
export async function planReplay(
  tx: Transaction,
  webhook: ConversationWebhooksTable,
  { from, until }: { from: number; until: number },
): Promise<void> {
  if (from >= until) return;
  await insertPiece(tx, { conversation: webhook.conversation_sid, webhook: webhook.sid, from, until }, 0);
}

async function insertPiece(tx: Transaction, replay: Replay, seq: number): Promise<void> {
  await insertWork(tx, {
    id: `${replay.webhook}.${replay.from}`,
    kind: webhookWork,
    lane: laneOf(replay.conversation, replay.webhook),
    seq,
    payload: JSON.stringify({ replay }),
  });
}

const messagesBetween = prepare((sql, p: { conversation: string; from: number; until: number; limit: number }) =>
  sql
    .selectFrom('messages')
    .selectAll()
    .where('conversation_sid', '=', p.conversation)
    .where('idx', '>=', p.from)
    .where('idx', '<', p.until)
    .orderBy('idx')
    .limit(p.limit),
);

export interface ReplayPiece extends Replay {
  /** Of the outbox row. */
  id: string;
  lease: string;
}

/** Plans the next messages of a replay, as they are now. They take their place before what waits behind the replay. */
export const replayPiece = defineCommand({
  name: 'webhooks.replay',
  orderKey: (input: ReplayPiece) => input.conversation,
  run: async (tx, _actor, { id, lease, ...replay }: ReplayPiece): Promise<boolean> => {
    const locked = await lockConversation(tx, replay.conversation);
    const conversation = locked ? await tx.first(conversationBySid, { sid: replay.conversation }) : undefined;
    const webhook = conversation && (await findConversationWebhook(tx, conversation.sid, replay.webhook));
    if (conversation && webhook) await planMessages(tx, conversation, webhook, replay);
    // Last, so that the first of what was planned becomes the head of the lane.
    return finish(tx, id, lease);
  },
});

async function planMessages(
  tx: Transaction,
  conversation: ConversationsTable,
  webhook: ConversationWebhooksTable,
  replay: Replay,
): Promise<void> {
  const { from, until } = replay;
  const messages = await tx.all(messagesBetween, { conversation: conversation.sid, from, until, limit: pieceSize });
  for (const message of messages) await planMessage(tx, conversation, webhook, message);
  const last = messages.at(-1);
  if (!last || messages.length < pieceSize) return;
  const behind = seqOf(last.created_position, 'onMessageAdded') + 1;
  await insertPiece(tx, { ...replay, from: last.idx + 1 }, behind);
}

async function planMessage(
  tx: Transaction,
  conversation: ConversationsTable,
  webhook: ConversationWebhooksTable,
  row: MessagesTable,
): Promise<void> {
  const event = 'onMessageAdded';
  if (webhook.url === null || !wants(webhook, event, () => row.body)) return;
  const { account_sid: account, service_sid: service } = conversation;
  const origin = await originOfMessage(tx, row);
  await planDelivery(tx, {
    target: { sid: webhook.sid, url: webhook.url, method: webhook.method },
    service,
    stream: conversation.sid,
    position: row.created_position,
    event,
    parameters: [
      ...commonParameters({ account, service, event, ...origin }),
      ...messageAdded(messageResource(row), conversation.messaging_service_sid),
    ],
  });
}

const participantTypeOf = prepare((sql, p: { sid: string }) =>
  sql.selectFrom('participants').select(['type', 'identity']).where('sid', '=', p.sid),
);

/** Nobody has noted it, but who wrote the message tells. */
async function originOfMessage(tx: Transaction, row: MessagesTable): Promise<Origin> {
  const author = row.participant_sid ? await tx.first(participantTypeOf, { sid: row.participant_sid }) : undefined;
  if (!author) return { source: 'API' };
  if (author.type === 'chat') return { source: 'SDK', clientIdentity: author.identity ?? undefined };
  return { source: author.type.toUpperCase() };
}
