/** What may lead a text, and says which piece of which it is: 3GPP TS 23.040, section 9.2.3.24. */
import { type Tlvs, tags, tlvInteger } from '../pdu/tlv.ts';

/** Which piece of a long text. */
export interface Place {
  /** The same in all pieces, and soon again in those of another text. */
  reference: number;
  total: number;
  /** From 1 to `total`. */
  sequence: number;
}

const concatenated8 = 0x00;
const concatenated16 = 0x08;

/** In `esm_class`: a header leads the text ("UDHI"). */
export const headerIndicator = 0x40;

export function header8({ reference, total, sequence }: Place): Uint8Array {
  return Uint8Array.of(5, concatenated8, 3, reference & 0xff, total, sequence);
}

export function header16({ reference, total, sequence }: Place): Uint8Array {
  return Uint8Array.of(6, concatenated16, 4, (reference >> 8) & 0xff, reference & 0xff, total, sequence);
}

export interface UserData {
  /** Octets of the header, its length's own among them; 0 where there is none. */
  headerOctets: number;
  place: Place | null;
  text: Uint8Array;
}

/** Takes the header off. One that is longer than what it leads is taken for text: there is nothing better to do with it. */
export function userData(octets: Uint8Array, hasHeader: boolean): UserData {
  const headerOctets = 1 + (octets[0] ?? 0);
  if (!hasHeader || octets.length < headerOctets) return { headerOctets: 0, place: null, text: octets };
  return { headerOctets, place: placeIn(octets.subarray(1, headerOctets)), text: octets.subarray(headerOctets) };
}

function placeIn(header: Uint8Array): Place | null {
  let at = 0;
  while (at + 2 <= header.length) {
    const [element, length = 0] = header.subarray(at, at + 2);
    const [a = 0, b = 0, c = 0, d = 0] = header.subarray(at + 2, at + 2 + length);
    if (element === concatenated8 && length === 3) return sensible({ reference: a, total: b, sequence: c });
    if (element === concatenated16 && length === 4) return sensible({ reference: a * 256 + b, total: c, sequence: d });
    at += 2 + length;
  }
  return null;
}

/** The same, of optional parameters ("SAR"). */
export function placeOf(tlvs: Tlvs): Place | null {
  const reference = tlvInteger(tlvs, tags.sarMessageReference);
  const total = tlvInteger(tlvs, tags.sarTotalSegments);
  const sequence = tlvInteger(tlvs, tags.sarSegmentNumber);
  if (reference === undefined || total === undefined || sequence === undefined) return null;
  return sensible({ reference, total, sequence });
}

/** A piece that cannot be one is a text by itself. */
function sensible(place: Place): Place | null {
  return place.total > 0 && place.total < 256 && place.sequence > 0 && place.sequence <= place.total ? place : null;
}
