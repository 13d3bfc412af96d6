/**
 * `data_coding`: which alphabet a text is in. The whole octet counts: SMPP 3.4, section 5.2.19, and behind the "GSM MWI
 * control" and "message class" that it speaks of, 3GPP TS 23.038, section 4.
 */
import { decodeGsm, unpack } from './gsm0338.ts';

export type Alphabet =
  | 'gsm'
  | 'ascii'
  | 'latin1'
  | 'ucs2'
  | 'iso-8859-5'
  | 'iso-8859-8'
  | 'shift_jis'
  | 'iso-2022-jp'
  | 'euc-kr'
  | 'binary';

/** What a carrier means by its default alphabet, `data_coding` 0. `gsm-packed` has eight septets in seven octets. */
export type DefaultAlphabet = 'gsm' | 'gsm-packed' | 'latin1' | 'ascii';

const listed: Partial<Record<number, Alphabet>> = {
  1: 'ascii',
  2: 'binary',
  3: 'latin1',
  4: 'binary',
  5: 'shift_jis',
  6: 'iso-8859-5',
  7: 'iso-8859-8',
  8: 'ucs2',
  10: 'iso-2022-jp',
  13: 'shift_jis',
  14: 'euc-kr',
};

/**
 * @param dataCoding the octet
 * @returns `default` for what the carrier defines, and for what nobody does
 */
export function alphabetOf(dataCoding: number): Alphabet | 'default' {
  if (dataCoding < 0x10) return listed[dataCoding] ?? 'default';
  // 00xx: with a message class, or compressed, which nobody does.
  if (dataCoding < 0x40) return (['default', 'binary', 'ucs2', 'default'] as const)[(dataCoding >> 2) & 3] ?? 'default';
  // 1110: a note that messages are waiting, with its text in UCS-2; 1100 and 1101 have it in the default alphabet.
  if (dataCoding >= 0xe0 && dataCoding < 0xf0) return 'ucs2';
  if (dataCoding >= 0xf0) return dataCoding & 0x04 ? 'binary' : 'default';
  return 'default';
}

/** A piece of a text as it came, ready to be joined with the others: of packed septets, each in an octet of its own. */
export interface EncodedText {
  alphabet: Alphabet;
  octets: Uint8Array;
}

/** Undoes the packing, the one thing of a text that ends with its piece. */
export function encodedText(
  dataCoding: number,
  octets: Uint8Array,
  carrier: DefaultAlphabet,
  fillBits: number,
): EncodedText {
  const alphabet = alphabetOf(dataCoding);
  if (alphabet !== 'default') return { alphabet, octets };
  if (carrier === 'gsm-packed') return { alphabet: 'gsm', octets: unpack(octets, fillBits) };
  return { alphabet: carrier, octets };
}

/** The text, or null of what is none. What an alphabet does not have becomes U+FFFD. */
export function decodeText({ alphabet, octets }: EncodedText): string | null {
  switch (alphabet) {
    case 'binary':
      return null;
    case 'gsm':
      return decodeGsm(octets);
    case 'ucs2':
      return decodeUcs2(octets);
    case 'latin1':
      return Buffer.from(octets).toString('latin1');
    case 'ascii':
      // More of those who say IA5 mean Latin-1 than mean that the highest bit is to be cut off.
      return Buffer.from(octets).toString('latin1');
    default:
      return new TextDecoder(alphabet).decode(octets);
  }
}

/** By its name UCS-2, in truth UTF-16 with the high octet first. */
export function encodeUcs2(text: string): Uint8Array {
  return Buffer.from(text, 'utf16le').swap16();
}

/** Half a character at the end is left out, half a surrogate pair becomes U+FFFD. */
export function decodeUcs2(octets: Uint8Array): string {
  const whole = Buffer.from(octets.subarray(0, octets.length & ~1));
  return whole.swap16().toString('utf16le').toWellFormed();
}

/** Null where the alphabet does not have one of the characters. */
export function encodeLatin1(text: string): Uint8Array | null {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0xff) return null;
  return Buffer.from(text, 'latin1');
}
