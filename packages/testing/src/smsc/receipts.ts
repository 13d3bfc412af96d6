/** Receipts in the forms that carriers send. */
import {
  type Body,
  encodeUcs2,
  integerTlv,
  type MessageState,
  messageStates,
  noTlvs,
  type PduAddress,
  stringTlv,
  type Tlvs,
  tags,
} from '@colloquy/smpp';

export interface ReceiptForm {
  /** Where it says what: in its text, in optional parameters, or in both. */
  in: 'text' | 'tlvs' | 'both';
  /** Of the text: as in the standard's appendix, shuffled, in capitals, with seconds in its dates. */
  order: 'usual' | 'shuffled' | 'capitals' | 'seconds';
  /** What it says its alphabet is, and what it is. */
  alphabet: 'ascii' | 'ucs2' | 'ascii-as-ucs2' | 'ucs2-as-ascii';
}

export const usualReceipt: ReceiptForm = { in: 'both', order: 'usual', alphabet: 'ascii' };

/** A message that was taken. */
export interface Taken {
  /** What receipts call it. */
  receiptId: string;
  source: PduAddress;
  destination: PduAddress;
  /** By the simulator's clock, in milliseconds. */
  at: number;
  userMessageReference: Uint8Array | undefined;
}

export interface Report {
  state: MessageState;
  /** Three digits. */
  error: string;
  intermediate: boolean;
  at: number;
}

export function receiptFor(taken: Taken, report: Report, form: ReceiptForm): Partial<Body<'deliver_sm'>> {
  const text = form.in === 'tlvs' ? '' : textOf(taken, report, form.order);
  return {
    source: taken.destination,
    destination: taken.source,
    esmClass: report.intermediate ? 0x20 : 0x04,
    dataCoding: form.alphabet === 'ucs2' || form.alphabet === 'ascii-as-ucs2' ? 8 : 0,
    shortMessage: form.alphabet.startsWith('ucs2') ? encodeUcs2(text) : Buffer.from(text, 'latin1'),
    tlvs: form.in === 'text' ? noTlvs : tlvsOf(taken, report),
  };
}

function tlvsOf({ receiptId, userMessageReference }: Taken, { state, error }: Report): Tlvs {
  const tlvs = new Map([
    [tags.receiptedMessageId as number, stringTlv(receiptId)],
    [tags.messageState, integerTlv(messageStates[state], 1)],
    [tags.networkErrorCode, Buffer.concat([Uint8Array.of(3), integerTlv(Number(error), 2)])],
  ]);
  if (userMessageReference) tlvs.set(tags.userMessageReference, userMessageReference);
  return tlvs;
}

function textOf(taken: Taken, report: Report, order: ReceiptForm['order']): string {
  const date = (at: number) => dateOf(at, order === 'seconds');
  const fields = [
    `id:${taken.receiptId}`,
    'sub:001',
    `dlvrd:${report.state === 'DELIVRD' ? '001' : '000'}`,
    `submit date:${date(taken.at)}`,
    `done date:${date(report.at)}`,
    `stat:${report.state}`,
    `err:${report.error}`,
  ];
  if (order === 'shuffled') fields.reverse();
  const text = [...fields, 'text:'].join(' ');
  return order === 'capitals' ? text.toUpperCase() : text;
}

/** `YYMMDDhhmm`, and `ss` where somebody wants it. */
function dateOf(at: number, seconds: boolean): string {
  const digits = new Date(at).toISOString().replace(/\D/g, '');
  return digits.slice(2, seconds ? 14 : 12);
}
