import type { DeliveryStatus } from '@colloquy/protocol';
import { defineCommand } from '../command.ts';
import { lockConversation } from '../conversations/store.ts';
import { insertInbound, takeUnmatched } from '../inbound/store.ts';
import { bury, finish, finishUnleased, putBack } from '../outbox/store.ts';
import type { Transaction } from '../transaction.ts';
import { announceReceipt, noteStatus } from './change.ts';
import { channelMessageSid } from './resource.ts';
import { nameChannelMessage, selectByChannelMessage, selectReceipt } from './store.ts';

/** A delivery that was claimed. */
interface Claimed {
  conversation: string;
  receipt: string;
  /** The delivery's id, which is that of its outbox row. */
  delivery: string;
  lease: string;
}

export interface AcceptDelivery extends Claimed {
  channel: string;
  /** What the provider calls the message. */
  providerId: string;
  /** `sent` where acceptance means that; null where the provider only queued it. */
  status: 'sent' | null;
}

/** The provider took the message over. False: the lease has passed to somebody else, nothing was changed. */
export const acceptDelivery = defineCommand({
  name: 'receipts.accept',
  lane: (input: AcceptDelivery) => input.conversation,
  run: async (tx, _actor, input: AcceptDelivery): Promise<boolean> => {
    const there = await lockConversation(tx, input.conversation);
    if (!(await finish(tx, input.delivery, input.lease))) return false;
    const receipt = there ? await selectReceipt(tx, input.receipt) : undefined;
    if (!receipt || receipt.delivery_id !== input.delivery) return true;
    await nameChannelMessage(tx, receipt.sid, channelMessageSid(input.providerId));
    if (!input.status || !(await noteStatus(tx, receipt, input.status, 0))) await announceReceipt(tx, receipt);
    for (const early of await takeUnmatched(tx, input.channel, input.providerId)) {
      const { status, errorCode } = JSON.parse(early.payload) as Pick<RecordStatus, 'status' | 'errorCode'>;
      await noteStatus(tx, receipt, status, errorCode);
    }
    return true;
  },
});

export interface FailDelivery extends Claimed {
  /** What the receipt shows; a code of the contract's messaging range. */
  errorCode: number;
  /** JSON, for the operator. */
  error: string;
}

/** The delivery failed for good: a dead letter and a failed receipt. */
export const failDelivery = defineCommand({
  name: 'receipts.fail',
  lane: (input: FailDelivery) => input.conversation,
  run: async (tx, _actor, input: FailDelivery): Promise<boolean> => {
    const there = await lockConversation(tx, input.conversation);
    if (!(await bury(tx, input.delivery, input.lease, input.error))) return false;
    const receipt = there ? await selectReceipt(tx, input.receipt) : undefined;
    if (receipt?.delivery_id === input.delivery) await noteStatus(tx, receipt, 'failed', input.errorCode);
    return true;
  },
});

export interface DoubtDelivery extends FailDelivery {
  /** When to try again; null: not any more. */
  notBefore: number | null;
}

/** Nobody knows whether the attempt arrived. A status that came in the meantime settles that: it did. */
export const doubtDelivery = defineCommand({
  name: 'receipts.doubt',
  lane: (input: DoubtDelivery) => input.conversation,
  run: async (tx, actor, input: DoubtDelivery): Promise<boolean> => {
    const { delivery, lease, notBefore, error } = input;
    await lockConversation(tx, input.conversation);
    const receipt = await selectReceipt(tx, input.receipt);
    if (receipt?.delivery_id === delivery && receipt.status !== null) return finish(tx, delivery, lease);
    if (notBefore === null) return failDelivery.run(tx, actor, input);
    return putBack(tx, { id: delivery, lease, notBefore, error, counted: true });
  },
});

export interface RecordStatus {
  channel: string;
  eventId: string;
  /** At least one of the two. */
  delivery: string | null;
  providerId: string | null;
  status: DeliveryStatus;
  /** 0 without an error. */
  errorCode: number;
  /** The conversation it is about, as far as known; it only chooses the lane. */
  expected: string | null;
}

/**
 * A channel reports what became of a delivery. A status of an id that is not known yet is kept until the answer
 * to the send says what it is about.
 */
export const recordStatus = defineCommand({
  name: 'receipts.record',
  lane: (input: RecordStatus) => input.expected ?? input.providerId ?? input.delivery ?? '',
  run: async (tx, _actor, input: RecordStatus): Promise<'changed' | 'ignored' | 'unmatched'> => {
    const receipt = await findReceipt(tx, input);
    if (!receipt) return keepUnmatched(tx, input);
    // What another delivery of the same copy still reports is about a message that was given up.
    if (input.delivery !== null && receipt.delivery_id !== input.delivery) return 'ignored';
    if (!(await lockConversation(tx, receipt.conversation_sid))) return 'ignored';
    // A status proves that the provider has it: an attempt whose answer got lost need not be repeated.
    await finishUnleased(tx, receipt.delivery_id);
    return (await noteStatus(tx, receipt, input.status, input.errorCode)) ? 'changed' : 'ignored';
  },
});

async function findReceipt(tx: Transaction, input: RecordStatus) {
  if (input.delivery !== null) return selectReceipt(tx, receiptOf(input.delivery));
  return input.providerId === null ? undefined : selectByChannelMessage(tx, channelMessageSid(input.providerId));
}

async function keepUnmatched(tx: Transaction, input: RecordStatus): Promise<'ignored' | 'unmatched'> {
  // With our own id in it there is nothing to wait for: the message was removed.
  if (input.delivery !== null || input.providerId === null) return 'ignored';
  const { status, errorCode } = input;
  await insertInbound(tx, {
    sender: input.channel,
    event_id: input.eventId,
    payload: JSON.stringify({ status, errorCode }),
    outcome: 'unmatched',
    reason: null,
    provider_id: input.providerId,
    conversation_sid: null,
    message_sid: null,
    date_created: tx.now,
  });
  return 'unmatched';
}

/** Delivery ids are the receipt's SID, and for later ones a dot and a number after it. */
export function receiptOf(delivery: string): string {
  return delivery.split('.', 1)[0] ?? delivery;
}
