/** What the receipt of a failed delivery says. */
import type { ProviderError } from '../../channels/message.ts';

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
