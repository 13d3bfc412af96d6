import type { DeliveryStatus, Sid } from '@colloquy/protocol';
import type { ReceiptsTable } from '../../storage/schema.ts';
import { conversationBySid } from '../conversations/store.ts';
import { appendEvent, nextPosition } from '../log.ts';
import { messageResource } from '../messages/resource.ts';
import { writeParticipant } from '../participants/update.ts';
import type { Transaction } from '../transaction.ts';
import { receiptResource } from './resource.ts';
import {
  climb,
  countStatuses,
  moveReceipt,
  selectMessageBySid,
  selectParticipantBySid,
  writeDelivery,
} from './store.ts';
import { summarise } from './summary.ts';

/**
 * Notes a status if the ladder allows it. The conversation is locked.
 *
 * @returns whether it changed anything
 */
export async function noteStatus(
  tx: Transaction,
  receipt: ReceiptsTable,
  status: DeliveryStatus,
  errorCode: number,
): Promise<boolean> {
  if (!(await climb(tx, receipt.sid, status, errorCode))) return false;
  await announceReceipt(tx, receipt);
  if (status === 'read') await advanceHorizon(tx, receipt);
  return true;
}

/**
 * Tells of a receipt whose row was changed, and of its message when that changes the summary.
 *
 * @returns the receipt as it is now
 */
export async function announceReceipt(tx: Transaction, before: ReceiptsTable): Promise<ReceiptsTable> {
  const stream = before.conversation_sid as Sid<'CH'>;
  const receipt = await moveReceipt(tx, before.sid, await nextPosition(tx, stream));
  await appendEvent(tx, stream, receipt.position, 'receipt.updated', receiptResource(receipt));

  const [message, statuses] = await Promise.all([
    selectMessageBySid(tx, receipt.message_sid),
    countStatuses(tx, receipt.message_sid),
  ]);
  const summary = summarise(statuses);
  const delivery = summary && JSON.stringify(summary);
  if (message && message.delivery !== delivery) {
    const updated = { ...message, delivery, position: await nextPosition(tx, stream) };
    writeDelivery(tx, updated);
    await appendEvent(tx, stream, updated.position, 'message.updated', messageResource(updated));
  }
  return receipt;
}

/** Contract: Read Horizon. Channels that say what was read advance it for their participant. */
async function advanceHorizon(tx: Transaction, receipt: ReceiptsTable): Promise<void> {
  const participant = await selectParticipantBySid(tx, receipt.participant_sid);
  const conversation = await tx.first(conversationBySid, { sid: receipt.conversation_sid });
  if (!participant || !conversation || conversation.state === 'closed') return;
  if ((participant.last_read_message_index ?? -1) >= receipt.message_index) return;
  await writeParticipant(tx, conversation, participant, {
    ...participant,
    last_read_message_index: receipt.message_index,
    last_read_timestamp: tx.now,
  });
}
