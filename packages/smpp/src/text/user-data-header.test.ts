import fc from 'fast-check';
import { expect, it } from 'vitest';
import { integerTlv, tags } from '../pdu/tlv.ts';
import { header8, header16, placeOf, userData } from './user-data-header.ts';

const text = Buffer.from('hello');

it('finds the place in headers with references of 8 and 16 bits, behind other elements too', () => {
  const place = { reference: 0x12, total: 3, sequence: 2 };
  expect(userData(Buffer.concat([header8(place), text]), true)).toEqual({ headerOctets: 6, place, text });
  const wide = { ...place, reference: 0x1234 };
  expect(userData(Buffer.concat([header16(wide), text]), true)).toEqual({ headerOctets: 7, place: wide, text });
  const ports = Buffer.concat([Buffer.of(11, 5, 4, 0x15, 0x8a, 0, 0, 0, 3, 7, 2, 1), text]);
  expect(userData(ports, true)).toEqual({
    headerOctets: 12,
    place: { reference: 7, total: 2, sequence: 1 },
    text,
  });
});

it.each([
  ['the piece 0', [5, 0, 3, 1, 2, 0]],
  ['a piece behind the last', [5, 0, 3, 1, 2, 3]],
  ['no pieces', [5, 0, 3, 1, 0, 0]],
  ['an element that is cut off', [3, 0, 3, 1]],
  ['nothing', [0]],
])('takes a header with %s for one that says nothing', (_, header) => {
  expect(userData(Buffer.concat([Buffer.from(header), text]), true)).toMatchObject({ place: null, text });
});

it('takes a header that is longer than the whole for text', () => {
  expect(userData(Buffer.of(200, 1, 2), true)).toMatchObject({ headerOctets: 0, place: null });
});

it('never reads past the end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
      const { headerOctets, text: rest } = userData(octets, true);
      expect(headerOctets + rest.length).toBe(octets.length);
    }),
  );
});

it('finds the place in optional parameters, when all three are there', () => {
  const tlvs = new Map([
    [tags.sarMessageReference, integerTlv(0x1234, 2)],
    [tags.sarTotalSegments, integerTlv(2, 1)],
    [tags.sarSegmentNumber, integerTlv(1, 1)],
  ]);
  expect(placeOf(tlvs)).toEqual({ reference: 0x1234, total: 2, sequence: 1 });
  tlvs.delete(tags.sarTotalSegments);
  expect(placeOf(tlvs)).toBeNull();
});
