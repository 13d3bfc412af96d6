/** What a message consists of. Source: Bot API, "Message". */

import type { InboundMedia, InboundPart } from '../events.ts';
import { asObject, asObjects, type Json } from '../json.ts';
import { numberIn, textIn } from './api.ts';

/** What `fetchMedia` needs. */
export interface MediaSource {
  file: string;
}

/** Field → the type that its files have where Telegram does not say it. */
const kinds: Readonly<Record<string, string>> = {
  animation: 'video/mp4',
  audio: 'audio/mpeg',
  document: 'application/octet-stream',
  sticker: 'image/webp',
  video: 'video/mp4',
  video_note: 'video/mp4',
  voice: 'audio/ogg',
};

/** None for what only the app tells: somebody came, a message was pinned. */
export function partsOf(message: Json): InboundPart[] {
  const text = textIn(message, 'text') ?? textIn(message, 'caption') ?? wordsFor(message);
  const file = fileIn(message);
  return [...(text === undefined ? [] : [{ kind: 'text' as const, text }]), ...(file ? [file] : [])];
}

function fileIn(message: Json): InboundMedia | undefined {
  // A photo comes in several sizes, the largest last.
  const photo = asObjects(message['photo']).at(-1);
  if (photo) return mediaOf(photo, 'image/jpeg');
  // An animation is a document, too.
  const kind = Object.keys(kinds).find((name) => asObject(message[name]));
  return kind === undefined ? undefined : mediaOf(asObject(message[kind]) ?? {}, kinds[kind] ?? '');
}

function mediaOf(file: Json, usual: string): InboundMedia | undefined {
  const id = textIn(file, 'file_id');
  if (id === undefined) return undefined;
  const source: MediaSource = { file: id };
  const contentType = textIn(file, 'mime_type') ?? usual;
  return { kind: 'media', contentType, filename: textIn(file, 'file_name') ?? null, source };
}

/** For what has no text of its own. RFC 5870 has a form for places that people and programs can read. */
function wordsFor(message: Json): string | undefined {
  const location = locationIn(message);
  if (location) {
    const venue = asObject(message['venue']);
    const lines = [textIn(venue, 'title'), textIn(venue, 'address'), `geo:${location.latitude},${location.longitude}`];
    return lines.filter((line) => line !== undefined).join('\n');
  }
  const contact = asObject(message['contact']);
  if (contact) return [nameOf(contact), textIn(contact, 'phone_number')].filter(Boolean).join(': ');
  const poll = textIn(asObject(message['poll']), 'question');
  if (poll !== undefined) return poll;
  const dice = asObject(message['dice']);
  return dice && `${textIn(dice, 'emoji') ?? ''} ${numberIn(dice, 'value') ?? ''}`.trim();
}

function locationIn(message: Json): { latitude: number; longitude: number } | undefined {
  const location = asObject(message['location']);
  const { latitude, longitude } = location ?? {};
  return typeof latitude === 'number' && typeof longitude === 'number' ? { latitude, longitude } : undefined;
}

function nameOf(person: Json | undefined): string | undefined {
  const names = [textIn(person, 'first_name'), textIn(person, 'last_name')].filter((name) => name !== undefined);
  return names.length > 0 ? names.join(' ') : undefined;
}

/** What else is known: who wrote (in a group that says more than the address), the place, the sticker. */
export function detailsOf(message: Json): Record<string, unknown> {
  const from = asObject(message['from']);
  const chat = asObject(message['chat']);
  const contact = asObject(message['contact']);
  const found = {
    profileName: nameOf(from),
    username: textIn(from, 'username'),
    userId: numberIn(from, 'id'),
    languageCode: textIn(from, 'language_code'),
    group: textIn(chat, 'title'),
    location: locationIn(message),
    venue: textIn(asObject(message['venue']), 'title'),
    contact: contact && { name: nameOf(contact), phoneNumber: textIn(contact, 'phone_number') },
    sticker: textIn(asObject(message['sticker']), 'emoji'),
    album: textIn(message, 'media_group_id'),
    forwarded: asObject(message['forward_origin']) && true,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
