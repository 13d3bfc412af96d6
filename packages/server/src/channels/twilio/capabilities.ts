import type { Address, Capabilities } from '../message.ts';

/** Twilio: at most 1,600 characters in one message, on every channel. */
const longestBody = 1600;
const mebibyte = 1024 * 1024;

export type TwilioNetwork = 'sms' | 'whatsapp' | 'messenger' | 'rcs';

/** Which network an own address belongs to; undefined where Twilio has none for it. */
export function networkOf(address: Address): TwilioNetwork | undefined {
  const prefix = /^([a-z]+):/.exec(address)?.[1];
  if (prefix === undefined) return /^(\+[0-9]+|[0-9]{3,8})$/.test(address) ? 'sms' : undefined;
  return prefix === 'whatsapp' || prefix === 'messenger' || prefix === 'rcs' ? prefix : undefined;
}

/** Source: Twilio, "Accepted content types for media" and "Message resource". Which types a phone shows is the carrier's affair. */
const media: Readonly<Record<TwilioNetwork, NonNullable<Capabilities['media']>>> = {
  sms: { types: ['*/*'], maxBytes: 5 * mebibyte, perPiece: 10, caption: longestBody },
  whatsapp: {
    types: [
      'image/jpeg',
      'image/png',
      'image/webp',
      'audio/*',
      'video/mp4',
      'application/pdf',
      'application/msword',
      'application/vnd.ms-excel',
      'application/vnd.ms-powerpoint',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
      'text/vcard',
    ],
    maxBytes: 16 * mebibyte,
    perPiece: 1,
    caption: 1024,
  },
  messenger: {
    types: ['image/*', 'audio/*', 'video/*', 'application/pdf'],
    maxBytes: 16 * mebibyte,
    perPiece: 1,
    caption: 0,
  },
  rcs: { types: ['image/*', 'video/*', 'application/pdf'], maxBytes: 16 * mebibyte, perPiece: 1, caption: longestBody },
};

/** Source: Twilio, "WhatsApp" and "Facebook Messenger", "24-hour window". */
export function windowOf(network: TwilioNetwork | undefined): Capabilities['window'] {
  return network === 'whatsapp' || network === 'messenger' ? { hours: 24 } : null;
}

/** @param canReport whether Twilio reaches this server, or is only asked */
export function capabilitiesOf(network: TwilioNetwork, canReport: boolean): Capabilities {
  const read = network === 'whatsapp' || network === 'rcs';
  return {
    text: { most: longestBody, unit: 'characters' },
    media: media[network],
    receipts: ['sent', 'delivered', ...(read ? (['read'] as const) : []), 'undelivered', 'failed'],
    rich: [],
    replies: false,
    reactions: 'none',
    window: windowOf(network),
    groups: false,
    inbound: canReport ? ['webhook', 'poll'] : ['poll'],
  };
}
