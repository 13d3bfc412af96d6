/** What Twilio tells of messages from people. Source: Twilio, "Twilio's request to your webhook". */
import { parseAddress, parseProxyAddress } from '../../core/addresses.ts';
import type { InboundConsent, InboundEvent, InboundMessage, InboundPart } from '../events.ts';
import type { Address } from '../message.ts';
import type { MediaSource } from './media.ts';

/** Parameter → what it is called in a message's attributes. */
const details = {
  ProfileName: 'profileName',
  WaId: 'waId',
  Forwarded: 'forwarded',
  FrequentlyForwarded: 'frequentlyForwarded',
  ButtonText: 'buttonText',
  ButtonPayload: 'buttonPayload',
  ButtonType: 'buttonType',
  Latitude: 'latitude',
  Longitude: 'longitude',
  Address: 'address',
  Label: 'label',
  ListId: 'listId',
  ListTitle: 'listTitle',
  ReferralBody: 'referralBody',
  ReferralHeadline: 'referralHeadline',
  ReferralSourceUrl: 'referralSourceUrl',
  ReferralSourceId: 'referralSourceId',
  ReferralSourceType: 'referralSourceType',
  FromCity: 'fromCity',
  FromState: 'fromState',
  FromZip: 'fromZip',
  FromCountry: 'fromCountry',
} as const;

/** In characters: what is longer says nothing more to a program. */
const longestDetail = 500;
/** More than any network carries. */
const mostMedia = 10;

/** Without Advanced Opt-Out Twilio acts on these, and does not say so. Source: "Twilio support for opt-out keywords". */
const startWords: ReadonlySet<string> = new Set(['START', 'YES', 'UNSTOP']);

/**
 * The events in a form that says what somebody wrote. The message's SID is its key: Twilio repeats a post with the same
 * one, and the list of messages has it, too.
 *
 * @param now in milliseconds: the form has no time
 */
export function readInbound(form: URLSearchParams, now: number): InboundEvent[] {
  const sid = form.get('MessageSid') ?? form.get('SmsMessageSid') ?? '';
  const sender = form.get('From') ?? '';
  const recipient = form.get('To') ?? '';
  if (sid === '' || sender === '' || recipient === '') return [];
  const reply = form.get('OriginalRepliedMessageSid');
  const said = detailsIn(form);
  const message: InboundMessage = {
    type: 'message',
    eventId: sid,
    providerId: sid,
    sender: canonical(sender),
    recipient: canonicalOwn(recipient),
    at: now,
    parts: partsIn(form, sid),
    ...(reply && { replyTo: reply }),
    ...(Object.keys(said).length > 0 && { details: said }),
  };
  const consent = consentIn(form, message);
  return consent ? [consent, message] : [message];
}

/** A number that the parser dislikes is one nevertheless: somebody has just written from it. */
export function canonical(address: string): Address {
  const parsed = parseAddress(address);
  return parsed.ok ? parsed.address : address;
}

export function canonicalOwn(address: string): Address {
  const parsed = parseProxyAddress(address);
  return parsed.ok ? parsed.address : address;
}

function partsIn(form: URLSearchParams, sid: string): InboundPart[] {
  const body = form.get('Body') ?? '';
  const text = body === '' ? placeIn(form) : body;
  const count = Math.min(mostMedia, Number(form.get('NumMedia') ?? 0) || 0);
  const files = Array.from({ length: count }, (_, at) => ({
    url: form.get(`MediaUrl${at}`),
    contentType: form.get(`MediaContentType${at}`),
  }));
  return [
    ...(text === '' ? [] : [{ kind: 'text' as const, text }]),
    ...files.flatMap(({ url, contentType }) => (url === null ? [] : [mediaPart(url, contentType, sid)])),
  ];
}

export function mediaPart(url: string, contentType: string | null, message: string): InboundPart {
  const source: MediaSource = { url, message };
  return { kind: 'media', contentType, filename: null, source };
}

/** A place comes without a text; RFC 5870 has a form for it that people and programs can read. */
function placeIn(form: URLSearchParams): string {
  const [latitude, longitude] = [form.get('Latitude'), form.get('Longitude')];
  if (!latitude || !longitude) return '';
  const lines = [form.get('Label'), form.get('Address'), `geo:${latitude},${longitude}`];
  return lines.filter((line) => line).join('\n');
}

function detailsIn(form: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    Object.entries(details).flatMap(([parameter, name]) => {
      const value = form.get(parameter);
      return value ? [[name, value.slice(0, longestDetail)]] : [];
    }),
  );
}

/** What somebody's words or Twilio's note of them mean for what may be sent to him. */
export function consentIn(
  form: URLSearchParams,
  { sender, recipient, at, eventId }: InboundMessage,
): InboundConsent | undefined {
  const type = form.get('OptOutType')?.toUpperCase();
  const word = (form.get('Body') ?? '').trim().toUpperCase();
  const starts = type === 'START' || (type === undefined && startWords.has(word) && sender.startsWith('+'));
  const state = type === 'STOP' ? 'stop' : starts ? 'start' : undefined;
  return state && { type: 'consent', eventId: `${eventId} ${state}`, sender, recipient, state, at };
}
