/** Texts into the pieces that a network carries. */
import { type DefaultAlphabet, encodeLatin1, encodeUcs2 } from '../alphabets/data-coding.ts';
import { encodeGsm, fillBitsAfter, pack, septetsOf } from '../alphabets/gsm0338.ts';
import { integerTlv, noTlvs, type Tlvs, tags } from '../pdu/tlv.ts';
import { header8, header16, headerIndicator, type Place } from './user-data-header.ts';

/**
 * How pieces are told to belong together: a header before the text with a reference of 8 or 16 bits, optional
 * parameters, or not at all, since one parameter carries the whole text.
 */
export type Concatenation = 'udh8' | 'udh16' | 'sar' | 'payload';

export interface TextOptions {
  /** What the carrier means by `data_coding` 0. */
  defaultAlphabet: DefaultAlphabet;
  /** Does it take Latin-1, as `data_coding` 3, for what its default alphabet does not have? */
  latin1: boolean;
  concatenation: Concatenation;
}

export type SentAlphabet = 'default' | 'latin1' | 'ucs2';

export interface SplitText {
  alphabet: SentAlphabet;
  /** Joined, they are the text again. */
  pieces: string[];
}

/** What a `submit_sm` says of its text. */
export interface EncodedPiece {
  esmClass: number;
  dataCoding: number;
  shortMessage: Uint8Array;
  tlvs: Tlvs;
}

/** Pieces of a text at most: their count is an octet. */
export const maxPieces = 255;

/** What a piece has room for, in octets. Septets have eight places in seven octets. */
const roomOctets = 140;
/** The most that `message_payload` holds; the standard has it that SMSCs may take less. */
const payloadOctets = 0xffff;
/** SAR becomes a header of 8 bits on the air. */
const headerOctets: Record<Concatenation, number> = { udh8: 6, udh16: 7, sar: 6, payload: 0 };

const dataCodings: Record<SentAlphabet, number> = { default: 0, latin1: 3, ucs2: 8 };

export function splitText(text: string, options: TextOptions): SplitText {
  const { alphabet, cost, unit } = measureFor(text, options);
  const whole = sum(text, cost);
  const rooms = (octets: number) => Math.floor((octets * 8) / unit);
  if (whole <= rooms(roomOctets)) return { alphabet, pieces: [text] };
  const octets = options.concatenation === 'payload' ? payloadOctets : roomOctets - headerOctets[options.concatenation];
  // In the payload, septets have octets of their own.
  const room = options.concatenation === 'payload' ? Math.floor((octets * 8) / Math.max(unit, 8)) : rooms(octets);
  return { alphabet, pieces: fill(text, room, cost) };
}

/** @param place which piece it is; null of a text that is one piece */
export function encodePiece(
  piece: string,
  alphabet: SentAlphabet,
  place: Place | null,
  options: TextOptions,
): EncodedPiece {
  const { concatenation } = options;
  const dataCoding = dataCodings[alphabet];
  const header = place && headerFor(place, concatenation);
  const octets = encodeIn(alphabet, piece, options.defaultAlphabet, header?.length ?? 0);
  const plain = { esmClass: 0, dataCoding };
  if (header) {
    const shortMessage = Buffer.concat([header, octets]);
    return { ...plain, esmClass: headerIndicator, shortMessage, tlvs: noTlvs };
  }
  if (place) return { ...plain, shortMessage: octets, tlvs: sarTlvs(place) };
  if (octets.length <= mostOctets(alphabet, options.defaultAlphabet)) {
    return { ...plain, shortMessage: octets, tlvs: noTlvs };
  }
  return { ...plain, shortMessage: new Uint8Array(), tlvs: new Map([[tags.messagePayload, octets]]) };
}

/** What is one message on the air. Septets that are not packed yet have octets of their own until then. */
function mostOctets(alphabet: SentAlphabet, carrier: DefaultAlphabet): number {
  const septets = alphabet === 'default' && (carrier === 'gsm' || carrier === 'ascii');
  return septets ? Math.floor((roomOctets * 8) / 7) : roomOctets;
}

function headerFor(place: Place, concatenation: Concatenation): Uint8Array | null {
  if (concatenation === 'udh8') return header8(place);
  return concatenation === 'udh16' ? header16(place) : null;
}

function sarTlvs({ reference, total, sequence }: Place): Tlvs {
  return new Map([
    [tags.sarMessageReference, integerTlv(reference & 0xffff, 2)],
    [tags.sarTotalSegments, integerTlv(total, 1)],
    [tags.sarSegmentNumber, integerTlv(sequence, 1)],
  ]);
}

function encodeIn(alphabet: SentAlphabet, text: string, carrier: DefaultAlphabet, header: number): Uint8Array {
  if (alphabet === 'ucs2') return encodeUcs2(text);
  const septets = alphabet === 'default' && (carrier === 'gsm' || carrier === 'gsm-packed') ? encodeGsm(text) : null;
  if (septets) return carrier === 'gsm-packed' ? packed(septets, header) : septets;
  return encodeLatin1(text) ?? encodeUcs2(text);
}

/** Seven bits that are left over would be an `@`: a CR in their place is none (3GPP TS 23.038, section 6.1.2.3.1). */
function packed(septets: Uint8Array, header: number): Uint8Array {
  const fill = header === 0 ? 0 : fillBitsAfter(header);
  const leftOver = (fill + septets.length * 7) % 8 === 1;
  return pack(leftOver ? Uint8Array.of(...septets, 0x0d) : septets, fill);
}

interface Measure {
  alphabet: SentAlphabet;
  /** What a code point takes, in units. */
  cost: (character: string) => number;
  /** Bits of a unit. */
  unit: 7 | 8 | 16;
}

function measureFor(text: string, { defaultAlphabet, latin1 }: TextOptions): Measure {
  const fits = (has: (character: string) => boolean) => [...text].every(has);
  const isLatin1 = (character: string) => character.charCodeAt(0) < 0x100;
  const gsmCost = (character: string) => septetsOf(character)?.length ?? 0;
  const octet = { cost: () => 1, unit: 8 } as const;
  if (defaultAlphabet === 'latin1') {
    if (fits(isLatin1)) return { alphabet: 'default', ...octet };
  } else if (fits((character) => gsmCost(character) > 0 && (defaultAlphabet !== 'ascii' || character < '\x7f'))) {
    // ASCII becomes septets at the SMSC, so it takes as many as they take.
    return { alphabet: 'default', cost: gsmCost, unit: 7 };
  }
  if (latin1 && fits(isLatin1)) return { alphabet: 'latin1', ...octet };
  return { alphabet: 'ucs2', cost: (character) => character.length, unit: 16 };
}

function sum(text: string, cost: (character: string) => number): number {
  let total = 0;
  for (const character of text) total += cost(character);
  return total;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** As much as fits into each piece, without breaking what people see as one character, if that fits into a piece. */
function fill(text: string, room: number, cost: (character: string) => number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  const add = (characters: string, units: number) => {
    if (used + units > room) {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += characters;
    used += units;
  };
  for (const { segment } of graphemes.segment(text)) {
    const units = sum(segment, cost);
    if (units <= room) add(segment, units);
    else for (const character of segment) add(character, cost(character));
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}
