import { limits } from '@colloquy/protocol';
import { UniqueViolation } from '../../storage/connection.ts';
import type { InboundEventsTable } from '../../storage/schema.ts';
import type { Actor } from '../actor.ts';
import { shownAddress } from '../addresses.ts';
import { checkAttributes, checkFriendlyName } from '../checks.ts';
import { defineCommand } from '../command.ts';
import type { ConversationBrief } from '../conversations/store.ts';
import { prolongMedia } from '../media/store.ts';
import { addMessage } from '../messages/add.ts';
import { resolveAuthor } from '../messages/author.ts';
import { requireMedia } from '../messages/media.ts';
import { finish } from '../outbox/store.ts';
import { groupKey } from '../participants/group.ts';
import { Refusal, refuse } from '../refusal.ts';
import { beginningOf } from '../storable.ts';
import type { Transaction } from '../transaction.ts';
import type { Assignable } from '../webhooks/assigned.ts';
import { attributesOf } from './attributes.ts';
import { type AutoCreationPlan, autoCreate, planAutoCreation } from './auto-create.ts';
import { forgetCorrespondents, isAddress, noteCorrespondence } from './correspondents.ts';
import { type Destination, findDestination, type Parties } from './destination.ts';
import { joinByLink } from './join.ts';
import { joinsQueue, laneOf, queue } from './queue.ts';
import { deleteInboundBefore, deleteInboundBeyond, insertInbound, selectInbound, settleInbound } from './store.ts';

/** A repetition of an event is recognised for so long, and answers and reactions to it are. Channels give up much earlier. */
const routedKeptFor = 30 * 24 * 60 * 60 * 1000;
/** A status may come before the answer to the send that it is about, by seconds rather than minutes. */
const unmatchedKeptFor = 10 * 60 * 1000;

/** So long an operator can look at a message that found no conversation, and at its files. */
const unroutedKeptFor = 30 * 24 * 60 * 60 * 1000;
/** And at so many of them: anybody can write to an own address. */
export const mostUnrouted = 50_000;

/** A pair of addresses, or the numbers of a group, are another conversation's. */
const addressesTaken: readonly number[] = [50416, 50438];

export interface ReceiveInbound extends Parties, Assignable {
  /** The channel's name. */
  channel: string;
  /** Unique within the channel. */
  eventId: string;
  /** Empty where there is media only. */
  body: string;
  /** What the provider calls it. */
  providerId: string;
  subject?: string | null | undefined;
  /** SIDs of what was stored of its files. */
  media?: readonly string[];
  /** Has it files that are to be fetched yet? Then it is only queued, and what the same person writes next behind it. */
  awaitsFiles?: boolean;
  /** The work that fetched its files; done with this. */
  queued?: { id: string; lease: string } | undefined;
  /** What it answers or reacts to, as the provider calls that. */
  replyTo?: string | undefined;
  /** An emoji, or null where the reaction was taken back; undefined: it is no reaction. */
  reaction?: string | null | undefined;
  /** The network wrote it in the person's name, so that it opens no window. */
  notice?: boolean | undefined;
  /** What else the network says of it. */
  details?: Readonly<Record<string, unknown>> | undefined;
  /** The event as JSON, kept with the outcome. */
  payload: string;
  /** The conversation it will go to, as far as known; it only chooses the order key. */
  expected: string | null;
  /** Why a pre-action webhook, or the failure to ask it, keeps the message out. No channel gives this. */
  refused?: string | undefined;
}

/** What became of a message from outside. A queued one follows when its files are there. */
export interface Routing {
  outcome: 'routed' | 'unrouted' | 'queued';
  conversation: string | null;
  message: string | null;
  /** Why it is unrouted; for people. */
  reason: string | null;
}

/**
 * Takes in a message from outside: once, however often and however concurrently the channel reports it. It goes
 * to the open conversation where the sender is bound to the address that was written to, or to the group that it was
 * sent to. Otherwise the configuration of the address may make a conversation for it, in the same transaction; if not,
 * it is kept as unrouted. Contract: Inbound Message Handling and Autocreation.
 *
 * Two first messages of one sender make one conversation: they share an order key, and where they do not, as in two
 * processes, the pair of addresses can be taken only once, and the slower one looks again.
 */
export const receiveInbound = defineCommand({
  name: 'inbound.receive',
  // What several phones of a group write first has another sender each time, and the same numbers.
  orderKey: ({ expected, recipient, sender, others }: ReceiveInbound) =>
    expected ?? groupKey([recipient, sender, ...others]),
  // One of them may know the conversation and the other not: in the queue they are one behind the other.
  apart: (input: ReceiveInbound) => [laneOf(input)],
  urgent: ({ queued }: ReceiveInbound) => queued !== undefined,
  run: async (tx, actor, input: ReceiveInbound): Promise<Routing> => {
    const row = await takeIn(tx, input);
    if (!row) return routing(await known(tx, input));
    // Whoever looks at what is unrouted finds it there, without files that would have to be fetched.
    const mayBelong = isAddress(input.sender);
    if (mayBelong && (await joinsQueue(tx, input))) return queue(tx, row, input);
    if (mayBelong && !input.notice) await noteCorrespondence(tx, { account: actor.account, ...input });
    const target = await findTarget(tx, actor.account, input);
    if ('reason' in target) {
      if (input.media?.length) await prolongMedia(tx, input.media, tx.now + unroutedKeptFor);
      return routing(await settleInbound(tx, row, { outcome: 'unrouted', reason: target.reason }));
    }
    const { conversation, ...sender } = await open(tx, actor, target, input);
    if (sender.author !== input.sender && !input.notice) {
      // He is bound by another of his addresses: whoever sends to that one asks when he wrote from it.
      await noteCorrespondence(tx, { account: actor.account, ...input, sender: sender.author });
    }
    const { body = input.body, attributes } = input.assigned ?? {};
    const message = await addMessage(tx, conversation, {
      ...(await authorOf(tx, conversation, input, sender)),
      body: body === '' ? null : body,
      subject: input.subject && beginningOf(input.subject, tx.limits.subject),
      attributes: attributes ?? (await attributesOf(tx, input)),
      media: await requireMedia(tx, actor, undefined, conversation.service_sid, input.media ?? []),
      sharedByNetwork: input.others.length > 0,
    });
    const { sid: conversationSid } = conversation;
    return routing(
      await settleInbound(tx, row, { outcome: 'routed', conversation: conversationSid, message: message.sid }),
    );
  },
});

/** The event's row, as new; undefined when it was taken in before. */
async function takeIn(tx: Transaction, input: ReceiveInbound): Promise<InboundEventsTable | undefined> {
  if (input.queued) {
    if (!(await finish(tx, input.queued.id, input.queued.lease))) return undefined;
    return known(tx, input);
  }
  const { channel, eventId, payload, providerId } = input;
  return insertInbound(tx, { channel, eventId, payload, outcome: 'unrouted', providerId });
}

async function known(tx: Transaction, input: ReceiveInbound): Promise<InboundEventsTable> {
  const row = await selectInbound(tx, input.channel, input.eventId);
  if (!row) throw new Error(`The event ${input.eventId} is neither new nor known.`);
  return row;
}

type Target = Exclude<Destination, { configuration: unknown }> | { plan: AutoCreationPlan };

async function findTarget(tx: Transaction, account: string, input: ReceiveInbound): Promise<Target> {
  const reason = problemWith(tx, input);
  if (reason) return { reason };
  const destination = await findDestination(tx, account, input);
  if (!('configuration' in destination)) return destination;
  const plan = await planAutoCreation(tx, account, destination.configuration, input);
  return 'reason' in plan ? plan : { plan };
}

/** Whatever is wrong is kept as the reason: to a channel a refusal would only mean to bring the message again. */
function problemWith(tx: Transaction, input: ReceiveInbound): string | undefined {
  if (!isAddress(input.sender)) return `Its sender is longer than ${limits.address} characters.`;
  if (input.refused !== undefined) return `The webhook that was asked did not let it in: ${input.refused}.`;
  const { body = input.body, attributes, friendlyName, author = '' } = input.assigned ?? {};
  const size = Buffer.byteLength(body);
  if (size === 0 && !input.media?.length && input.reaction === undefined)
    return 'It has neither text nor media that could be kept.';
  const { messageBodyBytes, messageAttributesBytes, author: longestAuthor } = tx.limits;
  if (size > messageBodyBytes) return `Its text is longer than ${messageBodyBytes} bytes.`;
  try {
    checkAttributes(attributes, messageAttributesBytes);
    checkFriendlyName(friendlyName, tx.limits);
    if (author.length > longestAuthor) throw refuse(50310, { limit: longestAuthor });
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return `What the webhook that was asked put into it does not fit: ${error.message}.`;
  }
}

/** The one who wrote, or whom a webhook puts in his place. */
async function authorOf(
  tx: Transaction,
  conversation: ConversationBrief,
  { assigned }: ReceiveInbound,
  { author, participant }: { author: string; participant: string | null },
) {
  try {
    if (assigned?.author !== undefined) return await resolveAuthor(tx, conversation, assigned.author);
  } catch (error) {
    // Somebody who is not in a group text cannot be its author, and to refuse would only bring the message again.
    if (!(error instanceof Refusal)) throw error;
  }
  return { author, participantSid: participant };
}

/** The conversation that the message goes to, made if need be, and who wrote it there. */
async function open(tx: Transaction, actor: Actor, target: Exclude<Target, { reason: string }>, input: ReceiveInbound) {
  if (!('plan' in target)) {
    if (target.participant !== null || !input.joins) return target;
    const joined = await joinByLink(tx, actor, target.conversation, input);
    return { ...target, conversation: joined.conversation, participant: joined.participant?.sid ?? null };
  }
  const { conversation, author } = await make(tx, actor, target.plan, input.assigned?.friendlyName);
  return { conversation, participant: author.sid, author: shownAddress(author.address ?? input.sender) };
}

/** The same as `autoCreate`. Addresses that were free a moment ago and are not now have got a conversation: look again. */
async function make(...args: Parameters<typeof autoCreate>): ReturnType<typeof autoCreate> {
  try {
    return await autoCreate(...args);
  } catch (error) {
    if (!(error instanceof Refusal) || !addressesTaken.includes(error.code)) throw error;
    throw new UniqueViolation(error.message, { cause: error });
  }
}

function routing(row: InboundEventsTable): Routing {
  return {
    outcome: row.outcome as Routing['outcome'],
    conversation: row.conversation_sid,
    message: row.message_sid,
    reason: row.reason,
  };
}

/**
 * Forgets a piece of what no channel will repeat any more, of what found no conversation and nobody looked at for long,
 * or what there is too much of, and of the people who wrote long ago.
 *
 * @returns whether there is more to do
 */
export const purgeInbound = defineCommand({
  name: 'inbound.purge',
  orderKey: () => 'inbound',
  run: async (tx, _actor, _input: Record<never, never>): Promise<{ more: boolean }> => {
    const routed = await deleteInboundBefore(tx, 'routed', tx.now - routedKeptFor);
    const consents = await deleteInboundBefore(tx, 'consent', tx.now - routedKeptFor);
    const unmatched = await deleteInboundBefore(tx, 'unmatched', tx.now - unmatchedKeptFor);
    const unrouted = await deleteInboundBefore(tx, 'unrouted', tx.now - unroutedKeptFor);
    const surplus = await deleteInboundBeyond(tx, 'unrouted', mostUnrouted);
    const people = await forgetCorrespondents(tx);
    return { more: routed || consents || unmatched || unrouted || surplus || people };
  },
});
