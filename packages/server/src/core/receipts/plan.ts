import type { DeliverySummary, MediaResource, Sid } from '@colloquy/protocol';
import type { ConversationsTable, MessagesTable, ReceiptsTable } from '../../storage/schema.ts';
import { appendEvent, nextPosition } from '../log.ts';
import { mediaOf } from '../messages/media.ts';
import { insertWork } from '../outbox/store.ts';
import type { Transaction } from '../transaction.ts';
import { groupCopies, type Route } from './group-copies.ts';
import { receiptResource } from './resource.ts';
import { bindingsOf, insertReceipt } from './store.ts';
import { summarise } from './summary.ts';

/** The kind of outbox work that sends a copy of a message through a channel. */
export const channelWork = 'channel';

/** What an outbox row of that kind holds: all that sending takes. Its id is the delivery's. */
export interface DeliveryPayload {
  conversation: string;
  message: string;
  receipt: string;
  /** The own address it goes out from. */
  sender: string;
  recipient: string;
  author: string;
  body: string | null;
  /** Absent without media. The bytes are in the media store. */
  media?: readonly MediaResource[];
}

export interface DeliveryPlan {
  /** Null when nobody outside chat gets a copy. */
  summary: DeliverySummary | null;
  /** Appends the receipts' events; call it after the message's own was appended. */
  append(): Promise<void>;
}

/**
 * Plans a copy of a message for each participant outside chat except its author: a receipt, and outbox work in
 * the lane of that participant. Sends nothing. The message's position must have been taken, those of the
 * receipts follow it; they also order the lane.
 */
export async function planDeliveries(
  tx: Transaction,
  conversation: Pick<ConversationsTable, 'sid' | 'account_sid'>,
  message: MessagesTable,
): Promise<DeliveryPlan> {
  let bindings: Route[] = await tx.all(bindingsOf, { conversation: conversation.sid });
  // In a group nobody has a proxy address.
  if (bindings.length === 0) bindings = await groupCopies(tx, conversation.sid, message.participant_sid);
  const receipts: ReceiptsTable[] = [];
  for (const binding of bindings) {
    if (binding.participant_sid === message.participant_sid) continue;
    const sid = tx.newSid('DY');
    const position = await nextPosition(tx, conversation.sid);
    const receipt: ReceiptsTable = {
      sid,
      account_sid: conversation.account_sid,
      conversation_sid: conversation.sid,
      message_sid: message.sid,
      message_index: message.idx,
      participant_sid: binding.participant_sid,
      delivery_id: sid,
      channel_message_sid: null,
      status: null,
      error_code: 0,
      created_position: position,
      position,
      date_created: tx.now,
      date_updated: tx.now,
    };
    await tx.run(insertReceipt, receipt);
    const payload: DeliveryPayload = {
      conversation: conversation.sid,
      message: message.sid,
      receipt: sid,
      sender: binding.proxy_address,
      recipient: binding.address,
      author: message.author,
      body: message.body,
      ...(message.media !== null && { media: mediaOf(message) }),
    };
    await insertWork(tx, {
      id: sid,
      kind: channelWork,
      lane: deliveryLane(conversation.sid, binding.participant_sid),
      seq: position,
      payload: JSON.stringify(payload),
    });
    receipts.push(receipt);
  }
  return {
    summary: summarise([{ status: null, n: receipts.length }]),
    append: async () => {
      for (const row of receipts) {
        await appendEvent(tx, row.conversation_sid as Sid<'CH'>, row.position, 'receipt.added', receiptResource(row));
      }
    },
  };
}

/** One person in one conversation gets messages one after the other. */
export function deliveryLane(conversation: string, participant: string): string {
  return `${conversation}/${participant}`;
}
