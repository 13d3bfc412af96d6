/** When a failed attempt is made again, and what a receipt says when it is not. */
import type { ProviderError } from '../../channels/channel.ts';

/** Attempts after which a delivery is given up. Throttled and paused ones do not count. */
export const maxAttempts = 12;
/** A delivery that is older is given up whatever it waits for: a text of yesterday helps nobody. */
export const keptTrying = 24 * 60 * 60 * 1000;

const longestBackoff = 15 * 60 * 1000;

/**
 * Exponential backoff with full jitter: those that failed together do not come back together.
 *
 * @param attempt the one that failed, from 1
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function backoff(attempt: number, random: number): number {
  return Math.floor(random * Math.min(longestBackoff, 2000 * 2 ** attempt));
}

/** Codes of the contract's messaging range (Error and Warning Dictionary, 21xxx, 30xxx, 63xxx). */
const receiptCodes: Partial<Record<ProviderError['kind'], number>> = {
  'window-closed': 63016,
  'opted-out': 21610,
  'bad-recipient': 30005,
  'bad-content': 30007,
};

/** "Unknown error": nothing better is known. */
export const unknownError = 30008;
/** "Validity period expired". */
export const expired = 30036;
/** "A text message body or media urls must be specified". */
export const nothingToSend = 21619;

export function receiptCodeOf(error: ProviderError): number {
  return error.receiptCode ?? receiptCodes[error.kind] ?? unknownError;
}
