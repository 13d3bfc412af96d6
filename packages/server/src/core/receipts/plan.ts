import type { DeliveryStatus, DeliverySummary, Sid } from '@colloquy/protocol';
import type { MessagesTable, ReceiptsTable } from '../../storage/schema.ts';
import type { ConversationBrief } from '../conversations/store.ts';
import { appendEvent, nextPosition } from '../log.ts';
import { insertAside, insertWork, type NewWork } from '../outbox/add.ts';
import { asideOf } from '../outbox/store.ts';
import type { Transaction } from '../transaction.ts';
import { noteAttempt } from './attempts.ts';
import { type Barrier, barrierTo } from './barriers.ts';
import { deliveryLane, payloadOf } from './payload.ts';
import { receiptResource } from './resource.ts';
import { routesOf } from './routes.ts';
import { insertReceipt } from './store.ts';
import { summarise } from './summary.ts';

/** The kind of outbox work that sends a copy of a message through a channel. */
export const channelWork = 'channel';

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
  conversation: Pick<ConversationBrief, 'sid' | 'account_sid' | 'non_chat_count'>,
  message: MessagesTable,
): Promise<DeliveryPlan> {
  const receipts: ReceiptsTable[] = [];
  for (const route of await routesOf(tx, conversation, message.participant_sid)) {
    if (route.participant_sid === message.participant_sid) continue;
    const sid = tx.newSid('DY');
    const barrier = barrierTo(route, message.content_sid !== null, tx.now);
    const position = await nextPosition(tx, conversation.sid);
    const receipt: ReceiptsTable = {
      sid,
      account_sid: conversation.account_sid,
      conversation_sid: conversation.sid,
      message_sid: message.sid,
      message_index: message.idx,
      participant_sid: route.participant_sid,
      delivery_id: sid,
      channel_message_sid: null,
      status: barrier ? 'failed' : null,
      error_code: barrier?.receiptCode ?? 0,
      created_position: position,
      position,
      date_created: tx.now,
      date_updated: tx.now,
    };
    await tx.run(insertReceipt, receipt);
    const work: NewWork = {
      id: sid,
      kind: channelWork,
      lane: deliveryLane(conversation.sid, route.participant_sid),
      seq: position,
      payload: JSON.stringify(payloadOf(message, sid, route)),
    };
    if (barrier) await putAside(tx, work, receipt, barrier);
    else await insertWork(tx, work);
    receipts.push(receipt);
  }
  return {
    summary: summarise(receipts.map(({ status }) => ({ status: status as DeliveryStatus | null, n: 1 }))),
    append: async () => {
      for (const row of receipts) {
        await appendEvent(tx, row.conversation_sid as Sid<'CH'>, row.position, 'receipt.added', receiptResource(row));
      }
    },
  };
}

/** A dead letter from the start. An operator can have it tried all the same, unless the person wants no messages. */
async function putAside(tx: Transaction, work: NewWork, receipt: ReceiptsTable, barrier: Barrier): Promise<void> {
  const { kind, code, message } = barrier;
  const aside = { ...work, lane: work.lane + asideOf(work.id), attempt: 0, notBefore: null };
  await insertAside(tx, { ...aside, error: JSON.stringify({ kind, code, message }) });
  const attempt = { delivery: work.id, piece: 0, pieces: 1, receipt: receipt.sid, message: receipt.message_sid };
  await noteAttempt(
    tx,
    { ...attempt, attempt: 0, channel: '', changes: [] },
    { outcome: 'failed', kind, code, message },
  );
}
