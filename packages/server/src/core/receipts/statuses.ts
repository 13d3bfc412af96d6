/** What channels report of deliveries. */
import type { DeliveryStatus } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import { defineCommand } from '../command.ts';
import { lockConversation } from '../conversations/store.ts';
import { insertInbound } from '../inbound/store.ts';
import { finishUnleased } from '../outbox/store.ts';
import type { Transaction } from '../transaction.ts';
import { noteStatus } from './change.ts';
import { parsePieceId, receiptOf } from './delivery-id.ts';
import { isOtherCut, notePiece } from './pieces.ts';
import { channelMessageSid } from './resource.ts';
import { findSent, isOf, type Sent } from './sent.ts';
import { nameChannelMessage, selectReceipt } from './store.ts';
import { type SenderRefusal, takeBack } from './take-back.ts';

export interface RecordStatus {
  channel: string;
  eventId: string;
  /** At least one of the two. */
  delivery: string | null;
  providerId: string | null;
  status: DeliveryStatus;
  /** 0 without an error. */
  errorCode: number;
  /** Absent where it failed for a reason of its own. */
  refusal?: SenderRefusal | undefined;
  /** The conversation it is about, as far as known; it only chooses the order key. */
  expected: string | null;
}

/** What a report changed, and the delivery that it is about, as far as known. */
export interface Recorded {
  outcome: 'changed' | 'ignored' | 'unmatched';
  delivery: string | null;
}

/**
 * A channel reports what became of a delivery. A status of an id that is not known yet is kept until the answer
 * to the send says what it is about.
 */
export const recordStatus = defineCommand({
  name: 'receipts.record',
  orderKey: (input: RecordStatus) => input.expected ?? input.providerId ?? input.delivery ?? '',
  apart: (input: RecordStatus) => (input.providerId === null ? [] : [answerTo(input.channel, input.providerId)]),
  run: async (tx, _actor, input: RecordStatus): Promise<Recorded> => {
    const found = await findReported(tx, input);
    if (!found) return { outcome: await keepUnmatched(tx, input), delivery: null };
    return { outcome: await recordFound(tx, input, found), delivery: found.delivery };
  },
});

/**
 * What a report of an id and the answer to the send that says the id must not meet at: each looks for what the other
 * leaves, and neither would find it.
 */
export function answerTo(channel: string, providerId: string): string {
  return `${channel} ${providerId}`;
}

async function recordFound(tx: Transaction, input: RecordStatus, found: Sent): Promise<'changed' | 'ignored'> {
  const { receipt, delivery, piece, pieces } = found;
  // What another delivery of the same copy still reports is about a message that was given up.
  if (receipt.delivery_id !== delivery) return 'ignored';
  if (!(await lockConversation(tx, receipt.conversation_sid))) return 'ignored';
  // Of several pieces some may have arrived.
  if (input.refusal && pieces === 1 && (await takeBack(tx, receipt, input.channel, input.refusal))) return 'changed';
  // A report that names both tells what the provider calls it, though the answer to the send may have got lost.
  const reported = input.providerId === null ? null : channelMessageSid(input.channel, input.providerId);
  const channelMessage = input.delivery === null ? null : reported;
  if (channelMessage !== null && piece === 0 && receipt.channel_message_sid === null) {
    nameChannelMessage(tx, receipt.sid, channelMessage);
  }
  let { status, errorCode }: { status: DeliveryStatus | null; errorCode: number } = input;
  let complete = true;
  if (pieces > 1) {
    if (await isOtherCut(tx, found)) return 'ignored';
    const news = { delivery, piece, pieces, message: receipt.message_sid, channelMessage, status, errorCode };
    ({ status, errorCode, complete } = await notePiece(tx, news));
  }
  // A status proves that the provider has it: an attempt whose answer got lost need not be repeated.
  if (complete) await finishUnleased(tx, delivery);
  return status !== null && (await noteStatus(tx, receipt, status, errorCode)) ? 'changed' : 'ignored';
}

/** The receipt that a report is about, and which piece of which delivery. */
export async function findReported(
  db: Db,
  { channel, delivery, providerId }: Pick<RecordStatus, 'channel' | 'delivery' | 'providerId'>,
): Promise<Sent | undefined> {
  if (delivery !== null) {
    const of = parsePieceId(delivery);
    if (of.piece >= of.pieces) return undefined;
    const receipt = await selectReceipt(db, receiptOf(of.delivery));
    return receipt && (await isOf(db, channel, { ...of, receipt })) ? { ...of, receipt } : undefined;
  }
  if (providerId === null) return undefined;
  return findSent(db, channel, providerId);
}

/** What is kept of a status that came before the id that it names was known. */
export type EarlyStatus = Pick<RecordStatus, 'status' | 'errorCode' | 'refusal'>;

async function keepUnmatched(tx: Transaction, input: RecordStatus): Promise<'ignored' | 'unmatched'> {
  // With our own id in it there is nothing to wait for: the message was removed.
  if (input.delivery !== null || input.providerId === null) return 'ignored';
  const { channel, eventId, providerId, status, errorCode, refusal } = input;
  const payload = JSON.stringify({ status, errorCode, refusal } satisfies EarlyStatus);
  await insertInbound(tx, { channel, eventId, payload, outcome: 'unmatched', providerId });
  return 'unmatched';
}
