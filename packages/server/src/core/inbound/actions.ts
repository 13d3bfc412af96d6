import type { InboundEventsTable } from '../../storage/schema.ts';
import { variantsOf } from '../addresses.ts';
import { defineCommand } from '../command.ts';
import { conversationBySid } from '../conversations/store.ts';
import { prolongMedia } from '../media/store.ts';
import { addMessage } from '../messages/add.ts';
import { requireMedia } from '../messages/media.ts';
import type { Transaction } from '../transaction.ts';
import { deleteInboundBefore, findBinding, insertInbound, markRouted, selectInbound } from './store.ts';

/** A repetition of an event is recognised for so long. Channels give up repeating much earlier. */
const routedKeptFor = 7 * 24 * 60 * 60 * 1000;
/** A status may come before the answer to the send that it is about, by seconds rather than minutes. */
const unmatchedKeptFor = 10 * 60 * 1000;

/** So long an operator can look at the files of a message that found no conversation. */
const unroutedMediaKeptFor = 30 * 24 * 60 * 60 * 1000;

export interface ReceiveInbound {
  /** The channel's name. */
  channel: string;
  /** Unique within the channel. */
  eventId: string;
  /** The person who wrote, and the own address that was written to; canonical. */
  sender: string;
  recipient: string;
  /** Empty where there is media only. */
  body: string;
  /** SIDs of what was stored of its files. */
  media?: readonly string[];
  /** The event as JSON, kept with the outcome. */
  payload: string;
  /** The conversation it will go to, as far as known; it only chooses the lane. */
  expected: string | null;
}

/** What became of a message from outside. */
export interface Routing {
  outcome: 'routed' | 'unrouted';
  conversation: string | null;
  message: string | null;
  /** Why it is unrouted; for people. */
  reason: string | null;
}

/**
 * Takes in a message from outside: once, however often and however concurrently the channel reports it. It goes
 * to the open conversation where the sender is bound to the address that was written to; otherwise it is kept
 * as unrouted. Contract: Inbound Message Handling.
 */
export const receiveInbound = defineCommand({
  name: 'inbound.receive',
  lane: (input: ReceiveInbound) => input.expected ?? `${input.recipient} ${input.sender}`,
  run: async (tx, actor, input: ReceiveInbound): Promise<Routing> => {
    const row: InboundEventsTable = {
      sender: input.channel,
      event_id: input.eventId,
      payload: input.payload,
      outcome: 'unrouted',
      reason: null,
      provider_id: null,
      conversation_sid: null,
      message_sid: null,
      date_created: tx.now,
    };
    const destination = await findDestination(tx, actor.account, input);
    if ('reason' in destination) row.reason = destination.reason;
    if (!(await insertInbound(tx, row))) {
      const known = await selectInbound(tx, input.channel, input.eventId);
      if (!known) throw new Error(`The event ${input.eventId} is neither new nor known.`);
      return routing(known);
    }
    if ('reason' in destination) {
      if (input.media?.length) await prolongMedia(tx, input.media, tx.now + unroutedMediaKeptFor);
      return routing(row);
    }
    const { binding, conversation } = destination;
    const message = await addMessage(tx, conversation, {
      author: binding.address,
      body: input.body === '' ? null : input.body,
      media: await requireMedia(tx, actor, undefined, conversation.service_sid, input.media ?? []),
      participantSid: binding.participant_sid,
    });
    await markRouted(tx, {
      sender: input.channel,
      eventId: input.eventId,
      conversation: conversation.sid,
      message: message.sid,
    });
    return { outcome: 'routed', conversation: conversation.sid, message: message.sid, reason: null };
  },
});

async function findDestination(tx: Transaction, account: string, input: ReceiveInbound) {
  const size = Buffer.byteLength(input.body);
  if (size === 0 && !input.media?.length) return { reason: 'It has neither text nor media that could be kept.' };
  const { messageBodyBytes } = tx.limits;
  if (size > messageBodyBytes) return { reason: `Its text is longer than ${messageBodyBytes} bytes.` };
  const spellings = [input.sender, ...variantsOf(input.sender)];
  const binding = await findBinding(tx, account, input.recipient, spellings);
  if (!binding) return { reason: 'No open conversation has a participant with this address and proxy address.' };
  const conversation = await tx.first(conversationBySid, { sid: binding.conversation_sid });
  if (!conversation || (conversation.state !== 'active' && conversation.state !== 'inactive')) {
    return { reason: `The conversation ${binding.conversation_sid} does not take messages.` };
  }
  return { binding, conversation };
}

function routing(row: InboundEventsTable): Routing {
  return {
    outcome: row.outcome === 'routed' ? 'routed' : 'unrouted',
    conversation: row.conversation_sid,
    message: row.message_sid,
    reason: row.reason,
  };
}

/** Forgets what no channel will repeat any more. Unrouted messages stay. */
export const purgeInbound = defineCommand({
  name: 'inbound.purge',
  lane: () => 'inbound',
  run: async (tx, _actor, _input: Record<never, never>) => {
    await deleteInboundBefore(tx, 'routed', tx.now - routedKeptFor);
    await deleteInboundBefore(tx, 'unmatched', tx.now - unmatchedKeptFor);
    return {};
  },
});
