import { expect, it } from 'vitest';
import { alphabetOf, type DefaultAlphabet, decodeText, encodedText, encodeUcs2 } from './data-coding.ts';
import { encodeGsm, pack } from './gsm0338.ts';

const read = (dataCoding: number, octets: Uint8Array, carrier: DefaultAlphabet = 'gsm', fill = 0) =>
  decodeText(encodedText(dataCoding, octets, carrier, fill));
const ucs2 = encodeUcs2('Привет 👋');
const gsm = encodeGsm('{5 €}') ?? new Uint8Array();

it.each([
  [0x00, 'default'],
  [0x01, 'ascii'],
  [0x03, 'latin1'],
  [0x04, 'binary'],
  [0x08, 'ucs2'],
  [0x10, 'default'],
  [0x14, 'binary'],
  [0x18, 'ucs2'],
  [0x19, 'ucs2'],
  [0x48, 'default'],
  [0xc8, 'default'],
  [0xd8, 'default'],
  [0xe8, 'ucs2'],
  [0xf0, 'default'],
  [0xf1, 'default'],
  [0xf4, 'binary'],
  [0xf8, 'default'],
] as const)('takes the whole octet: 0x%s is %s', (octet, alphabet) => {
  expect(alphabetOf(octet)).toBe(alphabet);
});

it('knows an alphabet for every octet', () => {
  for (let octet = 0; octet < 256; octet += 1) expect(() => read(octet, gsm)).not.toThrow();
});

it('reads each alphabet', () => {
  expect(read(0, gsm)).toBe('{5 €}');
  expect(read(0, pack(gsm), 'gsm-packed')).toBe('{5 €}');
  expect(read(0xf1, gsm)).toBe('{5 €}');
  expect(read(8, ucs2)).toBe('Привет 👋');
  expect(read(0x18, ucs2)).toBe('Привет 👋');
  expect(read(3, Buffer.from('çé', 'latin1'))).toBe('çé');
  expect(read(1, Buffer.from('[a]'))).toBe('[a]');
  expect(read(0, Buffer.from('[a]'), 'latin1')).toBe('[a]');
  expect(read(6, Uint8Array.of(0xbf, 0xe0))).toBe('Пр');
  expect(read(7, Uint8Array.of(0xf9))).toBe('ש');
  expect(read(5, Uint8Array.of(0x82, 0xa0))).toBe('あ');
  expect(read(14, Uint8Array.of(0xb0, 0xa1))).toBe('가');
});

it('makes no text of binary data', () => {
  expect(read(4, Uint8Array.of(1, 2))).toBeNull();
});

it('reads half characters as what can be stored', () => {
  expect(read(8, ucs2.subarray(0, -1))).toBe('Привет \ufffd');
  expect(read(8, Uint8Array.of(0xdc, 0x00, 0x00, 0x41))).toBe('\ufffdA');
});
