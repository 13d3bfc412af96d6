/**
 * What Twilio's errors mean. Source: Twilio's Error and Warning Dictionary. Twilio adds codes without notice, so a code
 * that is not here counts by the HTTP status alone.
 */
import type { ProviderError, SendResult } from '../message.ts';
import type { TwilioAnswer } from './api.ts';

type Meaning = Pick<ProviderError, 'kind' | 'scope' | 'retryAfterMs'>;

const minute = 60_000;

const throttle: Meaning = { kind: 'throttle', scope: 'sender' };
const temporary: Meaning = { kind: 'temporary' };
const permanent: Meaning = { kind: 'permanent' };
const badRecipient: Meaning = { kind: 'bad-recipient' };
const badContent: Meaning = { kind: 'bad-content' };
const credentials: Meaning = { kind: 'credentials' };

const meanings: Readonly<Record<number, Meaning>> = {
  // Too many requests, or more messages waiting for a number than it sends in ten hours.
  20429: throttle,
  21611: { kind: 'throttle', scope: 'sender', retryAfterMs: 5 * minute },
  30001: throttle,
  30022: throttle,
  30023: throttle,
  63017: throttle,
  63018: throttle,
  // More than 30 to one person within 30 seconds.
  14107: { kind: 'throttle', scope: 'recipient', retryAfterMs: minute / 2 },
  // The account's limit for a day.
  63038: { kind: 'throttle', scope: 'sender', retryAfterMs: 60 * minute },

  20500: temporary,
  20503: temporary,
  20504: temporary,
  30008: temporary,
  30017: temporary,
  30500: temporary,
  63012: temporary,

  21211: badRecipient,
  21217: badRecipient,
  21265: badRecipient,
  21266: badRecipient,
  21608: badRecipient,
  21612: badRecipient,
  21614: badRecipient,
  21635: badRecipient,
  30003: badRecipient,
  30005: badRecipient,
  30006: badRecipient,
  63003: badRecipient,
  63024: badRecipient,

  21610: { kind: 'opted-out' },

  21602: badContent,
  21617: badContent,
  21619: badContent,
  21620: badContent,
  21623: badContent,
  21655: badContent,
  21656: badContent,
  30004: badContent,
  30007: badContent,
  63013: badContent,
  63019: badContent,
  63021: badContent,
  63027: badContent,
  63028: badContent,

  63016: { kind: 'window-closed' },

  // The own address is not one to send from: nothing that waiting would mend, and other addresses are not concerned.
  21212: permanent,
  21408: permanent,
  21603: permanent,
  21606: permanent,
  21659: permanent,
  21661: permanent,
  21703: permanent,
  21705: permanent,
  21910: permanent,
  30034: permanent,
  63007: permanent,

  // Wrong or revoked, an account that is suspended or closed, or one that another account's number was used with.
  20003: credentials,
  20404: credentials,
  21660: credentials,
  30002: credentials,
  63001: credentials,
};

/** Of the own side: whoever runs the sender has to do something. */
const ownFault: ReadonlySet<number> = new Set([
  21212, 21408, 21603, 21606, 21608, 21609, 21659, 21660, 21661, 21703, 21705, 21910, 30002, 30034, 63001, 63007,
]);

export function isOwnFault(code: number): boolean {
  return ownFault.has(code);
}

/** Of an error that is reported of a message; what is not known is about that message alone. */
export function meaningOf(code: number): Meaning {
  return meanings[code] ?? permanent;
}

/** Codes of the contract's messaging range are Twilio's own; others would tell people nothing. */
export function receiptCode(code: number): { receiptCode?: number } {
  return code >= 21_000 && code < 70_000 ? { receiptCode: code } : {};
}

/** Of an answer that is not 2xx. Without an error of Twilio's in it, something between us and Twilio spoke. */
export function refusalOf({ status, headers, body }: TwilioAnswer): Exclude<SendResult, { outcome: 'accepted' }> {
  const code = body?.['code'];
  const known = typeof code === 'number';
  const text = typeof body?.['message'] === 'string' ? body['message'] : `The answer has the status ${status}.`;
  const described = { code: known ? String(code) : `http-${status}`, message: text.slice(0, 1000) };
  // A gateway may have lost the answer of a request that was done.
  if (!known && status >= 500) return { outcome: 'unknown', error: described };
  const meaning = (known ? meanings[code] : undefined) ?? byStatus(status);
  const wait = waitIn(headers['retry-after']);
  const more = meaning.kind === 'throttle' && wait !== undefined ? { retryAfterMs: wait } : {};
  return { outcome: 'rejected', error: { ...meaning, ...more, ...described, ...(known && receiptCode(code)) } };
}

function byStatus(status: number): Meaning {
  if (status === 429) return throttle;
  if (status === 401 || status === 403) return credentials;
  return status >= 500 ? temporary : permanent;
}

/** Seconds; Twilio sends no dates here. */
function waitIn(retryAfter: string | undefined): number | undefined {
  return /^[0-9]{1,5}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : undefined;
}
