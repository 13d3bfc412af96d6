import type { ConnectionState } from '@colloquy/client';
import type { Outgoing } from '../outgoing.ts';

/** How far a message has come on its way to the participants outside chat. */
export type Delivery = 'queued' | 'sent' | 'delivered' | 'read' | 'failed';

export interface MessageView {
  sid: string;
  index: number;
  author: string;
  body: string;
  dateCreated: Date | null;
  /** Null when nobody outside chat gets a copy, as for what the phone itself wrote. */
  delivery: Delivery | null;
  /** Error code of a failed delivery, once it is known. */
  errorCode: number | null;
}

export interface ParticipantView {
  sid: string;
  /** Null for participants outside chat. */
  identity: string | null;
  lastReadMessageIndex: number | null;
}

export interface ThreadState {
  phase: 'connecting' | 'ready' | 'failed';
  /** Why the thread cannot be shown; null unless `failed`. */
  problem: string | null;
  connection: ConnectionState;
  /** Somebody cut the connection here. */
  isCut: boolean;
  /** When the conversation was created. */
  dateCreated: Date | null;
  /** Ascending by index. */
  messages: MessageView[];
  hasEarlier: boolean;
  outgoing: Outgoing[];
  participants: ParticipantView[];
  /** Identities of the others who are typing. */
  typing: string[];
  unread: number;
}

export const emptyThread: ThreadState = {
  phase: 'connecting',
  problem: null,
  connection: 'unknown',
  isCut: false,
  dateCreated: null,
  messages: [],
  hasEarlier: false,
  outgoing: [],
  participants: [],
  typing: [],
  unread: 0,
};

/** Summary of the copies of a message, as `message.aggregatedDeliveryReceipt` has it. */
export interface DeliveryAmounts {
  total: number;
  sent: string;
  delivered: string;
  read: string;
  failed: string;
  undelivered: string;
}

/** One word for the summary: a failure of any copy wins, then the furthest step that any copy has made. */
export function deliveryOf(receipt: DeliveryAmounts | null): Delivery | null {
  if (receipt === null || receipt.total === 0) return null;
  if (receipt.failed !== 'none' || receipt.undelivered !== 'none') return 'failed';
  if (receipt.read !== 'none') return 'read';
  if (receipt.delivered !== 'none') return 'delivered';
  return receipt.sent === 'none' ? 'queued' : 'sent';
}

/** Puts messages into the list by their index; one that is there already is replaced. */
export function withMessages(list: readonly MessageView[], added: readonly MessageView[]): MessageView[] {
  const byIndex = new Map(list.map((message) => [message.index, message]));
  for (const message of added) byIndex.set(message.index, message);
  return [...byIndex.values()].sort((a, b) => a.index - b.index);
}

export function withParticipant(list: readonly ParticipantView[], changed: ParticipantView): ParticipantView[] {
  const known = list.some((participant) => participant.sid === changed.sid);
  if (!known) return [...list, changed];
  return list.map((participant) => (participant.sid === changed.sid ? changed : participant));
}

/**
 * Who of the others has read up to where: for each reader the last message at or below the read horizon
 * that somebody else wrote, as a map from message index to identities.
 */
export function readMarks(
  messages: readonly MessageView[],
  participants: readonly ParticipantView[],
  self: string,
): Map<number, string[]> {
  const marks = new Map<number, string[]>();
  for (const { identity, lastReadMessageIndex: horizon } of participants) {
    if (identity === null || identity === self || horizon === null) continue;
    const last = messages.findLast((message) => message.index <= horizon && message.author !== identity);
    if (last !== undefined) marks.set(last.index, [...(marks.get(last.index) ?? []), identity]);
  }
  return marks;
}

/**
 * An own message has arrived: its entry leaves the outgoing list, so that it is never shown twice. Sends keep
 * their order, so the first entry with that text is the one, whether its answer has come already or not.
 */
export function withoutArrived(list: readonly Outgoing[], body: string): Outgoing[] {
  const arrived = list.find((entry) => entry.state === 'sending' && entry.body === body);
  return list.filter((entry) => entry !== arrived);
}
