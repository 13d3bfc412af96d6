import type { InboundEvent, InboundMessage, InboundStatus } from '../events.ts';
import { asObject, asObjects, type Json } from '../json.ts';
import type { Address } from '../message.ts';
import { meaningOf, readError } from './errors.ts';
import { asText } from './graph.ts';
import { contentOf } from './inbound-content.ts';
import { contactOf, type People, type Person, personIn, phoneAddress, userAddress } from './people.ts';

/** Attributes of a message have room for 4 kB, of which this may take half. */
const mostDetails = 2000;

/** Failures that are the person's or Meta's, with the message as it should be. */
const undelivered = new Set([131026, 131049]);

export interface Reading {
  /** The own address that it is about. */
  recipient: Address;
  people: People;
  /** When it came, for what does not say when it was. Milliseconds. */
  now: number;
  /** Told of what cannot be made anything of. */
  skip(what: string, given: Json): void;
}

/** Everything in one `value` of a webhook: messages, statuses, in that order, each of them all. */
export async function eventsOf(value: Json, reading: Reading): Promise<InboundEvent[]> {
  const contacts = asObjects(value['contacts']);
  const events: InboundEvent[] = [];
  for (const message of asObjects(value['messages'])) {
    const event = await messageEvent(message, contacts, reading);
    if (event) events.push(event);
  }
  for (const status of asObjects(value['statuses'])) {
    const event = await statusEvent(status, contacts, reading);
    if (event) events.push(event);
  }
  return events;
}

async function messageEvent(
  message: Json,
  contacts: readonly Json[],
  reading: Reading,
): Promise<InboundMessage | undefined> {
  const { people, recipient } = reading;
  const id = asText(message['id']);
  const contact = contactOf(contacts, message['from'], message['from_user_id']);
  const person = personIn(
    message['from'],
    contact?.['wa_id'],
    message['from_user_id'],
    contact?.['user_id'],
    message['from_parent_user_id'],
    contact?.['parent_user_id'],
  );
  if (id === undefined || !person) {
    reading.skip('a message without an id or without a sender', message);
    return undefined;
  }
  const type = asText(message['type']) ?? typeIn(message);
  const at = timeOf(message, reading.now);
  await noteWho(type, message, person, people);
  const aliases = await people.othersOf(person);
  const reaction = type === 'reaction' ? asObject(message['reaction']) : undefined;
  const target = asText(reaction?.['message_id']);
  const { parts, details, replyTo } =
    reaction && target !== undefined ? { parts: [], details: {}, replyTo: target } : contentOf(type, message, at);
  const context = asObject(message['context']);
  const answers = replyTo ?? asText(context?.['id']);
  return {
    type: 'message',
    eventId: id,
    providerId: id,
    sender: person.address,
    ...(aliases.length > 0 && { aliases }),
    recipient,
    at,
    parts,
    ...((type === 'system' || type === 'request_welcome') && { notice: true }),
    ...(answers !== undefined && { replyTo: answers }),
    ...(reaction && target !== undefined && { reaction: asText(reaction['emoji']) ?? null }),
    details: small({ type, ...about(message, contact, context), ...details }),
  };
}

/** Remembers who is whom, and who has another number now. */
async function noteWho(type: string, message: Json, person: Person, people: People): Promise<void> {
  const system = type === 'system' ? asObject(message['system']) : undefined;
  if (!system) {
    await people.isBack(person.address);
    await people.learn([person.address, ...person.others]);
    return;
  }
  const number = phoneAddress(system['wa_id'] ?? system['new_wa_id']);
  const ids = [userAddress(system['user_id']), userAddress(system['parent_user_id'])];
  const now = [number, ...ids].filter((one) => one !== undefined);
  const previous = userAddress(system['previous_user_id']);
  const named = [person.address, ...person.others, ...(previous === undefined ? [] : [previous])];
  const before = named.filter((address) => !now.includes(address));
  // Without a new number it is the same phone under another id.
  const isPhone = (address: Address) => address.startsWith('whatsapp:+');
  for (const address of before) if (number !== undefined || !isPhone(address)) await people.move(address, now);
  if (number === undefined) await people.learn([...before.filter(isPhone), ...now]);
}

function about(message: Json, contact: Json | undefined, context: Json | undefined): Record<string, unknown> {
  const profile = asObject(contact?.['profile']);
  const name = asText(profile?.['name']);
  const username = asText(profile?.['username']);
  const referral = asObject(message['referral']);
  const group = asText(message['group_id']);
  const forwarded = context?.['frequently_forwarded'] === true ? 'often' : context?.['forwarded'] === true;
  return {
    ...(name && { name }),
    ...(username && { username }),
    ...(forwarded && { forwarded }),
    ...(group && { group }),
    ...(referral && { referral }),
  };
}

/** What is too large goes, the largest first: programs that need it all have the provider's own record. */
function small(details: Record<string, unknown>): Record<string, unknown> {
  const kept = { ...details };
  const size = (value: unknown) => JSON.stringify(value)?.length ?? 0;
  while (size(kept) > mostDetails) {
    const [largest] = Object.keys(kept).sort((a, b) => size(kept[b]) - size(kept[a]));
    if (largest === undefined) break;
    delete kept[largest];
    kept['shortened'] = true;
  }
  return kept;
}

async function statusEvent(
  status: Json,
  contacts: readonly Json[],
  reading: Reading,
): Promise<InboundStatus | undefined> {
  const providerId = asText(status['id']);
  const deliveryId = asText(status['biz_opaque_callback_data']);
  const known = statusOf(asText(status['status']));
  if ((providerId === undefined && deliveryId === undefined) || known === undefined) {
    reading.skip('a status that says nothing new', status);
    return undefined;
  }
  const contact = contactOf(contacts, status['recipient_id'], status['recipient_user_id']);
  const person = personIn(
    status['recipient_id'],
    contact?.['wa_id'],
    status['recipient_user_id'],
    contact?.['user_id'],
    contact?.['parent_user_id'],
  );
  if (person && asText(status['recipient_type']) !== 'group') {
    await reading.people.learn([person.address, ...person.others]);
  }
  const error = known === 'failed' ? readError(asObjects(status['errors'])[0]) : undefined;
  const meaning = error && meaningOf(error);
  return {
    type: 'status',
    eventId: `${providerId ?? deliveryId} ${known}`,
    ...(deliveryId !== undefined && { deliveryId }),
    ...(providerId !== undefined && { providerId }),
    status: error && undelivered.has(error.code) ? 'undelivered' : known,
    at: timeOf(status, reading.now),
    ...(meaning && { error: meaning }),
  };
}

function statusOf(name: string | undefined): InboundStatus['status'] | undefined {
  switch (name) {
    case 'sent':
    case 'delivered':
    case 'read':
    case 'failed':
      return name;
    // Of a voice message: that it was heard.
    case 'played':
      return 'read';
    default:
      return undefined;
  }
}

/** Seconds, as a text. */
function timeOf({ timestamp }: Json, now: number): number {
  const seconds = Number(asText(timestamp));
  return Number.isFinite(seconds) && seconds > 0 && seconds < 1e11 ? seconds * 1000 : now;
}

/** A message that leaves its type out may still have one object that tells it. */
function typeIn(message: Json): string {
  const known = [
    'text',
    'image',
    'video',
    'audio',
    'document',
    'sticker',
    'location',
    'contacts',
    'reaction',
    'button',
  ];
  return known.find((type) => message[type] !== undefined) ?? 'unknown';
}
