/**
 * Delivery receipts: `deliver_sm` that say what became of a message. Their text is "vendor specific" by the standard
 * (SMPP 3.4, appendix B), so each field is looked for by itself; optional parameters, where there are some, count more.
 */
import type { Body } from '../pdu/pdu.ts';
import { tags, tlvInteger, tlvString } from '../pdu/tlv.ts';

/** By the names in the text of receipts. */
export const messageStates = {
  SCHEDLD: 0,
  ENROUTE: 1,
  DELIVRD: 2,
  EXPIRED: 3,
  DELETED: 4,
  UNDELIV: 5,
  ACCEPTD: 6,
  UNKNOWN: 7,
  REJECTD: 8,
  SKIPPED: 9,
} as const;

export type MessageState = keyof typeof messageStates;

/** Names that are in use besides those of the standard. */
const otherNames: Readonly<Record<string, MessageState>> = {
  DELIVERED: 'DELIVRD',
  DELIVERD: 'DELIVRD',
  UNDELIVERABLE: 'UNDELIV',
  UNDELIVERED: 'UNDELIV',
  UNDELIVRD: 'UNDELIV',
  ACCEPTED: 'ACCEPTD',
  REJECTED: 'REJECTD',
  FAILED: 'REJECTD',
  BUFFERED: 'ENROUTE',
  BUFFRED: 'ENROUTE',
  SCHEDULED: 'SCHEDLD',
  TRANSIT: 'ENROUTE',
};

export interface Receipt {
  /** What the SMSC calls the message; undefined where the receipt does not say it. */
  messageId: string | undefined;
  /** Undefined where there is none, or none that is known. */
  state: MessageState | undefined;
  /** Digits or letters, as the network says it; undefined where it says nothing, or that there is none (`000`). */
  errorCode: string | undefined;
  /** Of the message that it is about, where the SMSC gives it back. */
  userMessageReference: number | undefined;
  /**
   * When the SMSC says it took the message, in milliseconds, as if its clock were UTC; to the minute or the second.
   * Undefined where it does not say it.
   */
  submittedAt: number | undefined;
  /** The text as it came. */
  text: string;
}

/** In `esm_class`, bits 5 to 2. */
const messageType = 0x3c;
const deliveryReceipt = 0x04;
const intermediateNotification = 0x20;

export type ReceiptPdu = Pick<Body<'deliver_sm'>, 'esmClass' | 'tlvs'>;

/** Text alone does not make a receipt: anybody could write one. */
export function isReceipt({ esmClass, tlvs }: ReceiptPdu): boolean {
  const type = esmClass & messageType;
  return type === deliveryReceipt || type === intermediateNotification || tlvs.has(tags.receiptedMessageId);
}

/** @param octets the text: without its header, or the payload that is in its place */
export function parseReceipt({ tlvs }: ReceiptPdu, octets: Uint8Array): Receipt {
  const text = receiptText(octets);
  const state = tlvInteger(tlvs, tags.messageState);
  return {
    messageId: tlvString(tlvs, tags.receiptedMessageId) || fieldOf(text, 'id'),
    state: (state === undefined ? undefined : stateByNumber(state)) ?? stateByName(fieldOf(text, 'stat')),
    errorCode: errorIn(tlvs.get(tags.networkErrorCode)) ?? errorWord(fieldOf(text, 'err')),
    userMessageReference: tlvInteger(tlvs, tags.userMessageReference),
    submittedAt: dateIn(text),
    text,
  };
}

/** Some flag ASCII as UCS-2 and the other way round: what it is shows. */
function receiptText(octets: Uint8Array): string {
  const ucs2 = octets.length > 1 && octets[0] === 0 && octets[1] !== 0;
  if (!ucs2) return Buffer.from(octets).toString('latin1');
  return Buffer.from(octets.subarray(0, octets.length & ~1))
    .swap16()
    .toString('utf16le');
}

/** `id:1`, `id: 1`, `ID:1`, at the beginning or behind a space or another sign. What follows `text:` counts least. */
function fieldOf(text: string, name: string): string | undefined {
  const field = new RegExp(`(?:^|[^a-z0-9])${name}\\s*:\\s*([^\\s,;]+)`, 'i');
  const [fields = ''] = text.split(/\btext\s*:/i, 1);
  return (field.exec(fields) ?? field.exec(text.slice(fields.length)))?.[1];
}

/** `YYMMDDhhmm`, or with `ss` too. */
function dateIn(text: string): number | undefined {
  const [, digits] = /submit\s*date\s*:\s*(\d{10}(?:\d{2})?)/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const [year = 0, month = 0, day, hour, minute, second] = digits.match(/\d\d/g)?.map(Number) ?? [];
  return Date.UTC(2000 + year, month - 1, day, hour, minute, second ?? 0);
}

function stateByNumber(state: number): MessageState | undefined {
  return (Object.keys(messageStates) as MessageState[]).find((name) => messageStates[name] === state);
}

function stateByName(name: string | undefined): MessageState | undefined {
  const upper = name?.toUpperCase() ?? '';
  if (Object.hasOwn(messageStates, upper)) return upper as MessageState;
  return Object.hasOwn(otherNames, upper) ? otherNames[upper] : undefined;
}

/** An octet for the kind of network, two for its error. */
function errorIn(value: Uint8Array | undefined): string | undefined {
  if (value?.length !== 3) return undefined;
  const [, high = 0, low = 0] = value;
  const code = high * 256 + low;
  return code === 0 ? undefined : String(code);
}

function errorWord(word: string | undefined): string | undefined {
  return word === undefined || /^0*$/.test(word) ? undefined : word;
}
