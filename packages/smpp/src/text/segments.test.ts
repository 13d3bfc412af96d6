import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import { expect, it } from 'vitest';
import { decodeText, encodedText } from '../alphabets/data-coding.ts';
import { fillBitsAfter } from '../alphabets/gsm0338.ts';
import { tags } from '../pdu/tlv.ts';
import { encodePiece, type SplitText, splitText, type TextOptions } from './segments.ts';
import { placeOf, userData } from './user-data-header.ts';

const usual: TextOptions = { defaultAlphabet: 'gsm', latin1: false, concatenation: 'udh8' };
const gsm = [...'abcXYZ 0123@£é\n_Δ'];
const extended = [...'^{}\\[~]|€'];
const wide = [...'жЩ你好ç“'];
const emoji = ['👋', '😀', '👍🏽', '👨‍👩‍👧‍👦', '🇩🇪', 'e\u0301'];
const textOf = (...sets: string[][]) =>
  fc.array(fc.constantFrom(...sets.flat()), { maxLength: 400, size: 'max' }).map((parts) => parts.join(''));
const anyText = fc.oneof(textOf(gsm), textOf(gsm, extended), textOf(gsm, wide), textOf(gsm, wide, emoji));

it('makes as many pieces as the calculator that Twilio publishes', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { alphabet, pieces } = splitText(text, usual);
      const theirs = new SegmentedMessage(text);
      expect([alphabet === 'ucs2' ? 'UCS-2' : 'GSM-7', Math.max(1, pieces.length)]).toEqual([
        theirs.encodingName,
        Math.max(1, theirs.segmentsCount),
      ]);
    }),
    { numRuns: 1000 },
  );
});

it.each([
  [160, 'a', 1],
  [161, 'a', 2],
  [306, 'a', 2],
  [307, 'a', 3],
  [80, '€', 1],
  [81, '€', 2],
  [70, 'ж', 1],
  [71, 'ж', 2],
  [134, 'ж', 2],
  [135, 'ж', 3],
])('%i times %s: %i pieces', (count, character, pieces) => {
  expect(splitText(character.repeat(count), usual).pieces).toHaveLength(pieces);
});

it('keeps together what belongs together: escapes, surrogates, graphemes', () => {
  // The euro sign would be the 153rd and 154th septet.
  expect(splitText(`${'a'.repeat(152)}€${'a'.repeat(20)}`, usual).pieces[0]).toBe('a'.repeat(152));
  expect(splitText(`${'ж'.repeat(66)}👋${'ж'.repeat(20)}`, usual).pieces[0]).toBe('ж'.repeat(66));
  expect(splitText(`${'ж'.repeat(60)}👨‍👩‍👧‍👦${'ж'.repeat(20)}`, usual).pieces[0]).toBe('ж'.repeat(60));
  expect(splitText(`${'a'.repeat(152)}\r\n${'a'.repeat(20)}`, usual).pieces[0]).toBe('a'.repeat(152));
});

it('breaks a grapheme that fits into no piece between its characters', () => {
  const monster = `👨${'\u200d👩'.repeat(60)}`;
  const { pieces } = splitText(monster, usual);
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join('')).toBe(monster);
  for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
});

const anyOptions = fc.record({
  defaultAlphabet: fc.constantFrom('gsm', 'gsm-packed', 'latin1', 'ascii'),
  latin1: fc.boolean(),
  concatenation: fc.constantFrom('udh8', 'udh16', 'sar', 'payload'),
} as const);

it('goes into the payload when packed septets are too many for one message by one', () => {
  const options = { defaultAlphabet: 'gsm-packed', latin1: false, concatenation: 'payload' } as const;
  for (const [length, inPayload] of [
    [160, false],
    [161, true],
  ] as const) {
    const { alphabet, pieces } = splitText('a'.repeat(length), options);
    const [piece = ''] = pieces;
    expect(encodePiece(piece, alphabet, null, options).tlvs.has(tags.messagePayload)).toBe(inPayload);
  }
});

it('can be read again, piece by piece, and no piece is too long for the air', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, textOf(gsm, ['ç', '[', '\f'])), anyOptions, (any, options) => {
      // At the end of packed septets, an @ may be none.
      const text = options.defaultAlphabet === 'gsm-packed' ? any.replaceAll('@', '') : any;
      const split = splitText(text, options);
      expect(split.pieces.join('')).toBe(text);
      const read = split.pieces.map((_, at) => readBack(split, at, options));
      expect(read.map((one) => one.text).join('')).toBe(text);
      if (split.pieces.length < 2) return;
      const total = split.pieces.length;
      expect(read.map((one) => one.place)).toEqual(
        split.pieces.map((_, at) => ({ reference: 0x7f, total, sequence: at + 1 })),
      );
    }),
    { numRuns: 1000 },
  );
});

function readBack({ alphabet, pieces }: SplitText, at: number, options: TextOptions) {
  const place = pieces.length > 1 ? { reference: 0x7f, total: pieces.length, sequence: at + 1 } : null;
  const sent = encodePiece(pieces[at] ?? '', alphabet, place, options);
  const payload = sent.tlvs.get(tags.messagePayload);
  const data = userData(payload ?? sent.shortMessage, (sent.esmClass & 0x40) !== 0);
  const fill = data.headerOctets === 0 ? 0 : fillBitsAfter(data.headerOctets);
  const { alphabet: read, octets } = encodedText(sent.dataCoding, data.text, options.defaultAlphabet, fill);
  if (!payload) {
    const inOctets = Math.ceil(
      read === 'gsm' || read === 'ascii' || options.defaultAlphabet === 'gsm-packed' ? 0 : octets.length,
    );
    expect(data.headerOctets + inOctets).toBeLessThanOrEqual(140);
    if (read === 'gsm') expect(octets.length).toBeLessThanOrEqual(160 - Math.ceil((data.headerOctets * 8) / 7));
    if (options.defaultAlphabet === 'gsm-packed') expect(sent.shortMessage.length).toBeLessThanOrEqual(140);
  }
  expect(sent.shortMessage.length).toBeLessThanOrEqual(254);
  return { text: decodeText({ alphabet: read, octets }) ?? '', place: data.place ?? placeOf(sent.tlvs) };
}
