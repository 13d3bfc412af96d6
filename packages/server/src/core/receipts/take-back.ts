import type { ReceiptsTable } from '../../storage/schema.ts';
import { conversationBySid } from '../conversations/store.ts';
import { insertAgain } from '../outbox/add.ts';
import type { Transaction } from '../transaction.ts';
import { noteAttempt } from './attempts.ts';
import { announceReceipt } from './change.ts';
import { nextDelivery } from './delivery-id.ts';
import { deliveryLane, payloadOf } from './payload.ts';
import { channelWork } from './plan.ts';
import { routesOf } from './routes.ts';
import { restart, selectMessageBySid } from './store.ts';

/** A copy that is older is given up whatever it waits for: a text of yesterday helps nobody. Milliseconds. */
export const keptTrying = 24 * 60 * 60 * 1000;

/** Why a provider sends nothing for a sender now. */
export interface SenderRefusal {
  kind: string;
  code: string;
  message: string;
  /** When to try again, in milliseconds from now. */
  retryAfterMs: number;
}

/**
 * A provider that had taken a copy reports that it does not send it, for a reason that is the sender's and will be
 * mended or will pass. So the copy waits like one that was refused at once: in its old place, before what waits for the
 * same person, under a new id, since reports about the old one must not count any more. The conversation is locked.
 *
 * @returns whether it waits; if not, it has failed
 */
export async function takeBack(
  tx: Transaction,
  receipt: ReceiptsTable,
  channel: string,
  refusal: SenderRefusal,
): Promise<boolean> {
  // With a status the network had it, and nobody knows how far it got.
  if (receipt.status !== null || tx.now >= receipt.date_created + keptTrying) return false;
  const conversation = await tx.first(conversationBySid, { sid: receipt.conversation_sid });
  const message = await selectMessageBySid(tx, receipt.message_sid);
  if (!message || !conversation || conversation.state === 'closed') return false;
  const routes = await routesOf(tx, conversation, message.participant_sid);
  const route = routes.find((one) => one.participant_sid === receipt.participant_sid);
  const payload = route && payloadOf(message, receipt.sid, route);
  // A message of an earlier version does not say what its template was filled with.
  if (!payload || (message.content_sid !== null && !payload.rich)) return false;

  const { delivery_id: delivery, sid } = receipt;
  const { kind, code, message: words, retryAfterMs } = refusal;
  const attempt = {
    receipt: sid,
    delivery,
    piece: 0,
    pieces: 1,
    message: message.sid,
    attempt: 1,
    channel,
    changes: [],
  };
  await noteAttempt(tx, attempt, { outcome: 'rejected', kind, code, message: words });
  const id = nextDelivery(delivery);
  await restart(tx, sid, id);
  await announceReceipt(tx, receipt);
  await insertAgain(tx, {
    former: delivery,
    id,
    kind: channelWork,
    lane: deliveryLane(receipt.conversation_sid, receipt.participant_sid),
    seq: receipt.created_position,
    payload: JSON.stringify(payload),
    notBefore: tx.now + retryAfterMs,
    error: JSON.stringify({ kind, code, message: words }),
    dateCreated: receipt.date_created,
  });
  return true;
}
