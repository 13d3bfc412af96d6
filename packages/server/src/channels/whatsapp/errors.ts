/**
 * What Meta's errors mean. The number decides, never the text. Source: "Error codes" of the WhatsApp Business Platform;
 * receipt codes as in Twilio's "List of Corresponding Twilio and WhatsApp Error Codes", where there is one.
 */
import { asObject } from '../json.ts';
import type { ProviderError, SendResult } from '../message.ts';
import { asText, type GraphAnswer } from './graph.ts';

type Meaning = Omit<ProviderError, 'code' | 'message'>;

const minute = 60_000;

/** Of the contract: "Channel provider returned an internal service error", and what all else is. */
const providerTrouble = 63012;
const refused = 63013;
const tooMany = 63018;
const badMedia = 63019;
const badAccount = 63020;
const badContent = 63021;

const content: Meaning = { kind: 'bad-content', receiptCode: refused };
const template: Meaning = { kind: 'bad-content', receiptCode: refused };
const temporary: Meaning = { kind: 'temporary', receiptCode: providerTrouble };
const senderThrottle: Meaning = { kind: 'throttle', scope: 'sender', receiptCode: tooMany };
const credentials: Meaning = { kind: 'credentials', receiptCode: 63001 };
/** The account or the number may not send: it rests like one whose token is refused, until somebody has mended it. */
const policy: Meaning = { kind: 'credentials', receiptCode: badAccount };
const limitation: Meaning = { kind: 'permanent', receiptCode: 63032 };

const meanings: Readonly<Record<number, Meaning>> = {
  4: senderThrottle,
  80007: senderThrottle,
  130429: senderThrottle,
  133016: senderThrottle,
  // Too much to one person in a short time; others are not concerned.
  131056: { kind: 'throttle', scope: 'recipient', receiptCode: tooMany },
  // Too many people blocked or reported the number. To go on at the same pace would make it worse.
  131048: { kind: 'throttle', scope: 'sender', retryAfterMs: 15 * minute, receiptCode: tooMany },

  // Meta chose not to deliver this one, or the person is in an experiment. Sent again it fails again.
  131049: limitation,
  130472: limitation,
  // The country of the person; other people can be written to.
  130497: limitation,

  1: temporary,
  2: temporary,
  131000: temporary,
  131016: temporary,
  131057: temporary,
  133004: temporary,

  131047: { kind: 'window-closed', receiptCode: 63016 },
  131050: { kind: 'opted-out' },

  131026: { kind: 'bad-recipient', receiptCode: 63024 },
  131021: { kind: 'bad-recipient', receiptCode: 63024 },
  131030: { kind: 'bad-recipient', receiptCode: 63024 },
  33: { kind: 'bad-recipient', receiptCode: 63024 },

  100: content,
  131008: content,
  131009: content,
  131051: { kind: 'bad-content', receiptCode: badContent },
  131052: { kind: 'bad-content', receiptCode: badMedia },
  131053: { kind: 'bad-content', receiptCode: badMedia },
  131060: content,

  132000: { kind: 'bad-content', receiptCode: 63028 },
  132001: { kind: 'bad-content', receiptCode: 63027 },
  132005: { kind: 'bad-content', receiptCode: badContent },
  132007: template,
  132012: template,
  132015: template,
  132016: template,
  132068: template,
  132069: template,

  0: credentials,
  3: credentials,
  10: credentials,
  190: credentials,

  368: policy,
  131005: policy,
  131031: policy,
  131037: policy,
  131045: policy,
  133010: policy,
  131042: { kind: 'billing', receiptCode: badAccount },

  135000: { kind: 'permanent', receiptCode: refused },
};

export interface MetaError {
  code: number;
  message: string;
}

/** As in an answer and in `statuses[].errors`; undefined where there is no error. */
export function readError(error: unknown): MetaError | undefined {
  const given = asObject(error);
  const code = Number(asText(given?.['code']));
  if (!given || !Number.isInteger(code)) return undefined;
  const details = asText(asObject(given['error_data'])?.['details']);
  const text = asText(given['message']) ?? asText(given['title']) ?? 'Meta gives no reason.';
  const message = details && !text.includes(details) ? `${text}: ${details}` : text;
  return { code, message: message.slice(0, 1000) };
}

export function meaningOf({ code, message }: MetaError): ProviderError {
  // 200 to 299 are permissions that the token does not have.
  const meaning = meanings[code] ?? (code >= 200 && code <= 299 ? credentials : undefined);
  return { ...(meaning ?? { kind: 'permanent', receiptCode: refused }), code: String(code), message };
}

/** Of an answer that is not 2xx. Without an error of Meta's in it, something between us and Meta may have swallowed the real one. */
export function refusalOf({ status, body }: GraphAnswer): Exclude<SendResult, { outcome: 'accepted' }> {
  const known = readError(body?.['error']);
  const code = `http-${status}`;
  const message = `The answer has the status ${status} and no error of Meta's.`;
  if (known) {
    const meaning = meaningOf(known);
    if (meanings[known.code] === undefined && meaning.kind === 'permanent' && status >= 500) {
      return { outcome: 'rejected', error: { ...meaning, ...temporary } };
    }
    return { outcome: 'rejected', error: meaning };
  }
  if (status === 429) return { outcome: 'rejected', error: { ...senderThrottle, code, message } };
  if (status === 401 || status === 403) return { outcome: 'rejected', error: { ...credentials, code, message } };
  if (status < 500) return { outcome: 'rejected', error: { ...temporary, code, message } };
  return { outcome: 'unknown', error: { code, message } };
}
