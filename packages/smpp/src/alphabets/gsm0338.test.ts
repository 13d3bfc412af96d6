import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeGsm, encodeGsm, fillBitsAfter, pack, unpack } from './gsm0338.ts';

const everyCode = Uint8Array.from({ length: 128 }, (_, code) => code).filter((code) => code !== 0x1b);
const extensionCodes = [0x0a, 0x14, 0x28, 0x29, 0x2f, 0x3c, 0x3d, 0x3e, 0x40, 0x65];
const characters = [...decodeGsm(everyCode), ...'\f^{}\\[~]|€'];
const gsmText = fc.array(fc.constantFrom(...characters)).map((parts) => parts.join(''));

it('has 127 characters of one septet and ten of two, all different', () => {
  expect(new Set(characters).size).toBe(137);
  expect(encodeGsm(decodeGsm(everyCode))).toEqual(everyCode);
  expect(encodeGsm('\f^{}\\[~]|€')).toEqual(Uint8Array.from(extensionCodes.flatMap((code) => [0x1b, code])));
});

it('writes what the standard has', () => {
  expect(encodeGsm('@£$¥ Hello_Δ')).toEqual(Uint8Array.of(0, 1, 2, 3, 0x20, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x11, 0x10));
});

it.each(['ç', '`', '’', '–', '…', '\u00a0', 'Ж', '👋'])('does not have %s', (character) => {
  expect(encodeGsm(`a${character}`)).toBeNull();
});

it('reads an escape before what is no extension as the character itself, and two escapes as a space', () => {
  expect(decodeGsm(Uint8Array.of(0x1b, 0x41, 0x1b, 0x1b, 0x42, 0x1b))).toBe('A B');
});

it('packs as the standard shows it', () => {
  // 3GPP TS 23.038 has no example; this is the one that everybody uses.
  const packed = pack(encodeGsm('hellohello') ?? new Uint8Array());
  expect(Buffer.from(packed).toString('hex')).toBe('e8329bfd4697d9ec37');
});

it('unpacks what it packed, behind a header or not', () => {
  fc.assert(
    fc.property(gsmText, fc.constantFrom(0, 6, 7), (text, header) => {
      const septets = encodeGsm(text) ?? new Uint8Array();
      const fill = header === 0 ? 0 : fillBitsAfter(header);
      // What would be ambiguous gets its CR, as a sender has to.
      const isFilled = (fill + septets.length * 7) % 8 === 1;
      const sent = isFilled ? Uint8Array.of(...septets, 0x0d) : septets;
      const back = decodeGsm(unpack(pack(sent, fill), fill));
      const ambiguous = !isFilled && (fill + sent.length * 7) % 8 === 0 && /[@\r]$/.test(text);
      expect(back).toBe(ambiguous ? text.slice(0, -1) : text);
    }),
    // Seven of what fills up by itself.
    {
      examples: [
        ['@'.repeat(7), 0],
        ['@'.repeat(8), 0],
        ['\r'.repeat(8), 0],
      ],
    },
  );
});

it('fills up to a septet behind headers', () => {
  expect([6, 7, 5, 12].map(fillBitsAfter)).toEqual([1, 0, 2, 2]);
});
