/** Receipts as reports of deliveries. */
import { createHash } from 'node:crypto';
import type { DeliveryStatus } from '@colloquy/protocol';
import type { MessageState, Receipt } from '@colloquy/smpp';
import type { InboundStatus } from '../events.ts';

/** What is on its way has no status of its own; what nobody knows may still become known. */
const statuses: Partial<Record<MessageState, DeliveryStatus>> = {
  ACCEPTD: 'sent',
  DELIVRD: 'delivered',
  EXPIRED: 'undelivered',
  DELETED: 'undelivered',
  UNDELIV: 'undelivered',
  REJECTD: 'failed',
  SKIPPED: 'failed',
};

/** Contract's messaging range: 30003 "Unreachable destination handset", 30036 "Validity period expired", 30008 "Unknown error". */
const codes: Partial<Record<MessageState, number>> = { UNDELIV: 30003, DELETED: 30003, EXPIRED: 30036 };
const unknownError = 30008;

/**
 * Without what it is about. The same receipt is always the same event.
 *
 * @param sameness what tells it from receipts of other messages
 * @returns null of what says nothing of the end
 */
export function reportIn(
  receipt: Receipt,
  sameness: readonly string[],
  at: number,
): Omit<InboundStatus, 'deliveryId' | 'providerId'> | null {
  const { state, errorCode, text } = receipt;
  const status = state && statuses[state];
  if (!status) return null;
  const hash = createHash('sha256')
    .update(JSON.stringify([sameness, state, text]))
    .digest('hex')
    .slice(0, 32);
  const event = { type: 'status', eventId: `receipt ${hash}`, status, at } as const;
  if (status !== 'failed' && status !== 'undelivered') return event;
  const code = errorCode === undefined ? state : `${state} ${errorCode}`;
  const message = `The SMSC reported ${code}.`;
  return { ...event, error: { code, message, receiptCode: codes[state] ?? unknownError } };
}
