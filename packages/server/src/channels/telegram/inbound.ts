/** What Telegram tells of people. Source: Bot API, "Getting updates". */

import type { InboundConsent, InboundEvent, InboundMessage } from '../events.ts';
import { asObject, asObjects, type Json } from '../json.ts';
import type { Address } from '../message.ts';
import { numberIn, textIn } from './api.ts';
import { detailsOf, partsOf } from './content.ts';
import { addressOfChat, providerIdOf } from './ids.ts';
import { conversationIn } from './start-link.ts';

/** What is asked for: reactions only come where they are named. */
export const wantedUpdates = ['message', 'edited_message', 'callback_query', 'message_reaction', 'my_chat_member'];

export interface Reading {
  token: string;
  /** The own address. */
  bot: Address;
  /** In milliseconds: presses of buttons have no time. */
  now(): number;
  /** The chat that a chat is known as: groups get another id when they grow. */
  known(chat: number): number;
}

/** @returns nothing for what nobody has to know */
export function readUpdate(update: Json, reading: Reading): InboundEvent[] {
  const id = numberIn(update, 'update_id');
  if (id === undefined) return [];
  const eventId = `update ${id}`;
  const written = asObject(update['message']) ?? asObject(update['edited_message']);
  if (written) return readMessage(written, eventId, reading);
  const query = asObject(update['callback_query']);
  if (query) return readButton(query, eventId, reading);
  const reaction = asObject(update['message_reaction']);
  if (reaction) return readReaction(reaction, eventId, reading);
  const membership = asObject(update['my_chat_member']);
  return membership ? readMembership(membership, eventId, reading) : [];
}

function readMessage(message: Json, eventId: string, reading: Reading): InboundEvent[] {
  const place = placeOf(message, reading);
  const parts = partsOf(message);
  if (!place || parts.length === 0) return [];
  const edited = numberIn(message, 'edit_date');
  const answered = numberIn(asObject(message['reply_to_message']), 'message_id');
  const start = startedIn(parts, reading.token);
  const details = detailsOf(message);
  const event: InboundMessage = {
    ...place.parties,
    type: 'message',
    eventId,
    // The new text of a message is one more message: networks without edits would not show it otherwise.
    providerId: edited === undefined ? place.providerId : `${place.providerId}:${edited}`,
    at: (edited ?? numberIn(message, 'date') ?? 0) * 1000,
    parts: start?.parts ?? parts,
    ...(edited !== undefined && { replyTo: place.providerId }),
    ...(edited === undefined && answered !== undefined && { replyTo: providerIdOf(place.chat, answered) }),
    ...(start && { conversation: start.conversation, joins: true }),
    details: { ...details, ...(edited !== undefined && { edited: true }) },
  };
  return [event];
}

/** Who wrote where; undefined for what has no chat. */
function placeOf(message: Json, { bot, known }: Reading) {
  const chat = numberIn(asObject(message['chat']), 'id');
  const id = numberIn(message, 'message_id');
  if (chat === undefined || id === undefined) return undefined;
  const parties = { sender: addressOfChat(known(chat)), recipient: bot };
  return { chat: known(chat), parties, providerId: providerIdOf(known(chat), id) };
}

/** The payload of a link is for the server: people need not see it. */
function startedIn(parts: InboundMessage['parts'], token: string) {
  const [first] = parts;
  const payload = first?.kind === 'text' ? /^\/start(?:@\w+)? ([\w-]{1,64})$/.exec(first.text)?.[1] : undefined;
  const conversation = payload === undefined ? undefined : conversationIn(token, payload);
  return conversation === undefined ? undefined : { conversation, parts: [{ kind: 'text', text: '/start' } as const] };
}

function readButton(query: Json, eventId: string, reading: Reading): InboundEvent[] {
  const message = asObject(query['message']);
  const place = message && placeOf(message, reading);
  const data = textIn(query, 'data');
  if (!place || data === undefined) return [];
  const rows = asObject(message['reply_markup'])?.['inline_keyboard'];
  const buttons = Array.isArray(rows) ? rows.flatMap((row) => asObjects(row)) : [];
  const label =
    textIn(
      buttons.find((button) => button['callback_data'] === data),
      'text',
    ) ?? data;
  return [
    {
      ...place.parties,
      type: 'message',
      eventId,
      providerId: `${place.providerId}:${eventId}`,
      at: reading.now(),
      parts: [{ kind: 'text', text: label }],
      replyTo: place.providerId,
      details: { ...detailsOf({ from: query['from'] }), button: { id: data, text: label } },
    },
  ];
}

function readReaction(reaction: Json, eventId: string, reading: Reading): InboundEvent[] {
  const place = placeOf(reaction, reading);
  if (!place) return [];
  const emoji = asObjects(reaction['new_reaction'])
    .map((one) => textIn(one, 'emoji'))
    .find((one) => one !== undefined);
  return [
    {
      ...place.parties,
      type: 'message',
      eventId,
      providerId: `${place.providerId}:${eventId}`,
      at: (numberIn(reaction, 'date') ?? 0) * 1000,
      parts: emoji === undefined ? [] : [{ kind: 'text', text: emoji }],
      replyTo: place.providerId,
      reaction: emoji ?? null,
      details: detailsOf({ from: reaction['user'] }),
    },
  ];
}

/** Whoever stops a bot gets nothing from it; Telegram says so before anything is sent. */
function readMembership(change: Json, eventId: string, { bot, known }: Reading): InboundConsent[] {
  const chat = numberIn(asObject(change['chat']), 'id');
  const status = textIn(asObject(change['new_chat_member']), 'status');
  if (chat === undefined || status === undefined) return [];
  const state = status === 'kicked' || status === 'left' ? 'stop' : 'start';
  const at = (numberIn(change, 'date') ?? 0) * 1000;
  return [{ type: 'consent', eventId, sender: addressOfChat(known(chat)), recipient: bot, state, at }];
}

/** A group that grew: its old id, and its new one. */
export function migrationIn(update: Json): { from: number; to: number } | undefined {
  const message = asObject(update['message']);
  const from = numberIn(asObject(message?.['chat']), 'id');
  const to = numberIn(message, 'migrate_to_chat_id');
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** Whoever pressed a button waits for an answer to that. */
export function pressedIn(update: Json): string | undefined {
  return textIn(asObject(update['callback_query']), 'id');
}
