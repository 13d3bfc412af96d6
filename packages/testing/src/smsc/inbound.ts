/** What a person writes, as an SMSC may bring it: any alphabet, and long texts in any way and order. */
import {
  type Body,
  type Concatenation,
  type DefaultAlphabet,
  encodePiece,
  headerIndicator,
  type PduAddress,
  splitText,
} from '@colloquy/smpp';

export interface InboundText {
  /** Digits, with or without a `+`. */
  from: string;
  to: string;
  text: string;
  /** By default the GSM alphabet where it has all of it, otherwise UCS-2. */
  alphabet?: 'gsm-packed' | 'latin1';
  /** By default a header with a reference of 8 bits. */
  concatenation?: Concatenation;
  /** Of the pieces of a long text; by default one that counts up. */
  reference?: number;
  /** Numbers of the pieces, from 1: those left out never come. By default all, in order. */
  pieces?: readonly number[];
}

/** @param reference what its pieces have in common, where it does not say so itself */
export function pdusOf(inbound: InboundText, reference: number): Partial<Body<'deliver_sm'>>[] {
  const defaultAlphabet: DefaultAlphabet = inbound.alphabet === 'gsm-packed' ? 'gsm-packed' : 'gsm';
  const concatenation = inbound.concatenation ?? 'udh8';
  const options = { defaultAlphabet, latin1: inbound.alphabet === 'latin1', concatenation };
  const { alphabet, pieces } = splitText(inbound.text, options);
  const total = pieces.length;
  const one = (sequence: number) => {
    const place = total > 1 ? { reference: inbound.reference ?? reference, total, sequence } : null;
    const piece = encodePiece(pieces[sequence - 1] ?? '', alphabet, place, options);
    return {
      ...piece,
      esmClass: piece.esmClass & headerIndicator,
      source: addressOf(inbound.from),
      destination: addressOf(inbound.to),
    };
  };
  return (inbound.pieces ?? pieces.map((_, at) => at + 1)).map(one);
}

/** A whole number is an international one; a short one is the network's own. */
function addressOf(number: string): PduAddress {
  const address = number.replace(/^\+/, '');
  return address.length > 6 ? { ton: 1, npi: 1, address } : { ton: 3, npi: 0, address };
}
