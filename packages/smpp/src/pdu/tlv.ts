/** Optional parameters: a tag, a length and so many octets, at the end of a body. SMPP 3.4, section 5.3. */
import { statuses } from '../status.ts';
import { PduError, type Reader, type Writer } from './octets.ts';

/** Tags are any number: carriers have their own from 0x1400 on. */
export type Tlvs = ReadonlyMap<number, Uint8Array>;

export const tags = {
  receiptedMessageId: 0x001e,
  userMessageReference: 0x0204,
  sarMessageReference: 0x020c,
  sarTotalSegments: 0x020e,
  sarSegmentNumber: 0x020f,
  interfaceVersion: 0x0210,
  networkErrorCode: 0x0423,
  messagePayload: 0x0424,
  moreMessagesToSend: 0x0426,
  messageState: 0x0427,
} as const;

export const noTlvs: Tlvs = new Map();

/** Takes all that is left. Of a tag that comes twice, the first counts. */
export function readTlvs(from: Reader): Tlvs {
  if (from.left === 0) return noTlvs;
  const found = new Map<number, Uint8Array>();
  while (from.left > 0) {
    if (from.left < 4)
      throw new PduError(statuses.ESME_RINVOPTPARSTREAM, 'The body ends within an optional parameter.');
    const tag = from.integer(2);
    const length = from.integer(2);
    if (length > from.left) {
      throw new PduError(statuses.ESME_RINVOPTPARSTREAM, `Optional parameter ${tag} is longer than what is left.`);
    }
    const value = Uint8Array.from(from.take(length));
    if (!found.has(tag)) found.set(tag, value);
  }
  return found;
}

export function writeTlvs(tlvs: Tlvs, to: Writer): void {
  for (const [tag, value] of tlvs) {
    to.integer(tag, 2);
    to.integer(value.length, 2);
    to.put(value);
  }
}

/** The number in a parameter of up to four octets; undefined where there is none, or it is no such number. */
export function tlvInteger(tlvs: Tlvs, tag: number): number | undefined {
  const value = tlvs.get(tag);
  if (!value || value.length === 0 || value.length > 4) return undefined;
  return value.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** The string in a parameter. Some peers leave its NUL out, others put more than one. */
export function tlvString(tlvs: Tlvs, tag: number): string | undefined {
  const value = tlvs.get(tag);
  return value && Buffer.from(value).toString('latin1').replace(/\0.*$/s, '');
}

export function integerTlv(value: number, octets: 1 | 2 | 4): Uint8Array {
  const piece = Buffer.alloc(octets);
  piece.writeUIntBE(value, 0, octets);
  return piece;
}

export function stringTlv(value: string): Uint8Array {
  return Buffer.from(`${value}\0`, 'latin1');
}
