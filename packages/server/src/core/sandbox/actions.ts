/**
 * The sandbox's network, as far as it has to survive a restart: virtual phones, what arrived at them and was
 * written on them, reports that are due, and faults on demand. A phone exists by being addressed.
 */
import type { MediaResource } from '@colloquy/protocol';
import { defineCommand } from '../command.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import {
  deleteFaults,
  insertFault,
  insertSandboxMessage,
  markRead,
  markReported,
  type SandboxFault,
  type SandboxMessage,
  selectByKey,
  selectFaults,
  takeFault,
} from './store.ts';

/** Told after a commit that changed what a phone shows or what is to be reported. */
export const sandboxNews = 'sandbox';

/**
 * What can be made to happen to the next messages for a phone. The send is refused: for good (`fail`), for now
 * (`temporary`), because there are too many (`throttle`), because of the account (`credentials`). The answer to
 * the send is lost though the message arrives (`unknown`). The network loses the message (`undelivered`), or its
 * report comes late (`delay`) or never (`drop-receipt`).
 */
export const faultKinds = [
  'fail',
  'temporary',
  'throttle',
  'credentials',
  'unknown',
  'undelivered',
  'delay',
  'drop-receipt',
] as const;

export type FaultKind = (typeof faultKinds)[number];

const phoneKey = (input: { phone: string }) => `sandbox ${input.phone}`;

export interface Arrival {
  phone: string;
  /** The own address it comes from. */
  sender: string;
  body: string;
  media?: readonly MediaResource[] | undefined;
  /** A repeated one changes nothing and gets the first answer. */
  deliveryId: string;
  /** How long until "delivered" is reported, in milliseconds. */
  receiptDelay: number;
}

export type ArrivalAnswer =
  | { accepted: true; providerId: string; lost: boolean }
  | { accepted: false; fault: Pick<SandboxFault, 'delay_ms' | 'error_code'> & { kind: FaultKind } };

export const arriveAtPhone = defineCommand({
  name: 'sandbox.arrive',
  orderKey: (input: Arrival) => phoneKey(input),
  run: async (tx, _actor, input: Arrival): Promise<ArrivalAnswer> => {
    const known = await selectByKey(tx, input.phone, 'in', input.deliveryId);
    if (known) return { accepted: true, providerId: known.provider_id, lost: false };
    const fault = await takeFault(tx, input.phone);
    const kind = fault?.kind as FaultKind | undefined;
    if (fault && (kind === 'fail' || kind === 'temporary' || kind === 'throttle' || kind === 'credentials')) {
      return { accepted: false, fault: { kind, delay_ms: fault.delay_ms, error_code: fault.error_code } };
    }
    const row = await insertSandboxMessage(tx, {
      phone: input.phone,
      direction: 'in',
      sender: input.sender,
      recipient: input.phone,
      others: '[]',
      body: input.body,
      key: input.deliveryId,
      provider_id: tx.newSid('SM'),
      status: 'sent',
      error_code: kind === 'undelivered' ? (fault?.error_code ?? 0) : 0,
      ...reportAfter(tx, input, kind, fault),
      media: mediaText(input.media),
      date_created: tx.now,
    });
    tx.woken.add(sandboxNews);
    return { accepted: true, providerId: row.provider_id, lost: kind === 'unknown' };
  },
});

function reportAfter(
  tx: Transaction,
  input: Arrival,
  kind: FaultKind | undefined,
  fault: SandboxFault | undefined,
): Pick<SandboxMessage, 'next_status' | 'next_at'> {
  if (kind === 'drop-receipt') return { next_status: null, next_at: null };
  const wait = kind === 'delay' ? (fault?.delay_ms ?? 0) : input.receiptDelay;
  return { next_status: kind === 'undelivered' ? 'undelivered' : 'delivered', next_at: tx.now + wait };
}

export interface WrittenText {
  phone: string;
  /** The own address it goes to. */
  recipient: string;
  /** Of a group text: the other phones it goes to. */
  others?: readonly string[] | undefined;
  body: string;
  /** What is already in the server's media store. */
  media?: readonly MediaResource[] | undefined;
  /** A repeated one makes no second message; null: none was given. */
  key: string | null;
}

/** How long the one who wrote has for routing the message himself, before the reporter does it. */
const routingGrace = 10_000;

/** Notes what is written on a phone; taking it in is the next step, repeated after a crash until it is done. */
export const writeOnPhone = defineCommand({
  name: 'sandbox.write',
  orderKey: (input: WrittenText) => phoneKey(input),
  run: async (tx, _actor, input: WrittenText): Promise<SandboxMessage> => {
    const known = input.key === null ? undefined : await selectByKey(tx, input.phone, 'out', input.key);
    if (known) {
      if (isSame(known, input)) return known;
      throw refuse(20409, { reason: 'this id was used for another message' });
    }
    const row = await insertSandboxMessage(tx, {
      phone: input.phone,
      direction: 'out',
      sender: input.phone,
      recipient: input.recipient,
      others: JSON.stringify(input.others ?? []),
      body: input.body,
      key: input.key,
      provider_id: tx.newSid('SM'),
      status: 'queued',
      error_code: 0,
      next_status: 'taken',
      next_at: tx.now + routingGrace,
      media: mediaText(input.media),
      date_created: tx.now,
    });
    await bringToOthers(tx, row, input.others ?? []);
    tx.woken.add(sandboxNews);
    return row;
  },
});

function isSame(known: SandboxMessage, text: WrittenText): boolean {
  return (
    known.recipient === text.recipient &&
    known.others === JSON.stringify(text.others ?? []) &&
    known.body === text.body &&
    known.media === mediaText(text.media)
  );
}

/** A group text reaches the other phones by the network alone: the server has no part in it. */
async function bringToOthers(tx: Transaction, { id: _id, ...text }: SandboxMessage, others: readonly string[]) {
  for (const phone of others) {
    const arrived = { direction: 'in', key: null, provider_id: tx.newSid('SM'), status: 'delivered' };
    await insertSandboxMessage(tx, { ...text, ...arrived, phone, next_status: null, next_at: null });
  }
}

function mediaText(media: readonly MediaResource[] = []): string | null {
  return media.length === 0 ? null : JSON.stringify(media);
}

export interface Reported {
  phone: string;
  id: number;
  /** What was reported, and what the message is since then. */
  reported: string;
  status: string;
}

export const noteReported = defineCommand({
  name: 'sandbox.reported',
  orderKey: (input: Reported) => phoneKey(input),
  run: async (tx, _actor, input: Reported) => {
    await markReported(tx, input.id, input.reported, input.status);
    return {};
  },
});

/** The person looks at the phone: what arrived up to this message is reported as read. */
export const readOnPhone = defineCommand({
  name: 'sandbox.read',
  orderKey: (input: { phone: string; upTo: number }) => phoneKey(input),
  run: async (tx, _actor, input: { phone: string; upTo: number }): Promise<{ read: number }> => {
    const read = await markRead(tx, input.phone, input.upTo);
    if (read > 0) tx.woken.add(sandboxNews);
    return { read };
  },
});

export interface NewFault {
  phone: string;
  kind: FaultKind;
  /** How many messages it meets. */
  count: number;
  /** How late a report comes; for a throttle, what the answer says about when to come back. */
  delayMs?: number | undefined;
  /** What a receipt shows, when the kind is one that fails. */
  errorCode?: number | undefined;
}

const defaultDelay = 3000;

/** What a carrier says in these cases: contract's messaging range. */
const defaultErrorCodes: Partial<Record<FaultKind, number>> = {
  // "Unknown destination handset"
  fail: 30005,
  // "Unreachable destination handset"
  undelivered: 30003,
};

/** Faults take effect one after the other, in the order they were added. */
export const addFault = defineCommand({
  name: 'sandbox.add-fault',
  orderKey: (input: NewFault) => phoneKey(input),
  run: async (tx, _actor, input: NewFault): Promise<SandboxFault[]> => {
    const { phone, kind, count } = input;
    await insertFault(tx, {
      phone,
      kind,
      remaining: count,
      delay_ms: input.delayMs ?? (kind === 'delay' ? defaultDelay : 0),
      error_code: input.errorCode ?? defaultErrorCodes[kind] ?? 0,
    });
    return selectFaults(tx, phone);
  },
});

export const clearFaults = defineCommand({
  name: 'sandbox.clear-faults',
  orderKey: (input: { phone: string }) => phoneKey(input),
  run: async (tx, _actor, input: { phone: string }) => {
    await deleteFaults(tx, input.phone);
    return {};
  },
});
