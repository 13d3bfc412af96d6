/** Phones: they show texts, joined from the pieces that arrived. */
import {
  type Body,
  type DefaultAlphabet,
  decodeText,
  encodedText,
  fillBitsAfter,
  type Place,
  placeOf,
  tags,
  userData,
} from '@colloquy/smpp';

export interface Shown {
  from: string;
  /** The whole text. */
  text: string;
  /** What the SMSC called its pieces. */
  ids: string[];
}

interface Piece {
  id: string;
  octets: Uint8Array;
  place: Place;
}

export class Handsets {
  readonly #alphabet: DefaultAlphabet;
  readonly #onShown: (number: string, shown: Shown) => void;
  readonly #shown = new Map<string, Shown[]>();
  readonly #waiting = new Map<string, Piece[]>();

  /** @param onShown hears of each text, with the number of the phone */
  constructor(alphabet: DefaultAlphabet, onShown: (number: string, shown: Shown) => void) {
    this.#alphabet = alphabet;
    this.#onShown = onShown;
  }

  /** What a phone shows, the oldest first. */
  shown(number: string): Shown[] {
    return this.#shown.get(number.replace(/^\+/, '')) ?? [];
  }

  get numbers(): string[] {
    return [...this.#shown.keys()];
  }

  receive(id: string, { source, destination, esmClass, dataCoding, shortMessage, tlvs }: Body<'submit_sm'>): void {
    const data = userData(tlvs.get(tags.messagePayload) ?? shortMessage, (esmClass & 0x40) !== 0);
    const fill = data.headerOctets === 0 ? 0 : fillBitsAfter(data.headerOctets);
    const { alphabet, octets } = encodedText(dataCoding, data.text, this.#alphabet, fill);
    const place = data.place ?? placeOf(tlvs);
    const show = (pieces: Pick<Piece, 'id' | 'octets'>[]) => {
      const text = decodeText({ alphabet, octets: Buffer.concat(pieces.map((piece) => piece.octets)) }) ?? '';
      const shown = this.#shown.get(destination.address) ?? [];
      this.#shown.set(destination.address, shown);
      const one = { from: source.address, text, ids: pieces.map(({ id }) => id) };
      shown.push(one);
      this.#onShown(destination.address, one);
    };
    if (!place) {
      show([{ id, octets }]);
      return;
    }
    const key = [source.address, destination.address, place.reference, place.total].join(' ');
    const others = (this.#waiting.get(key) ?? []).filter((one) => one.place.sequence !== place.sequence);
    const pieces = [...others, { id, octets, place }].sort((a, b) => a.place.sequence - b.place.sequence);
    if (pieces.length < place.total) {
      this.#waiting.set(key, pieces);
      return;
    }
    this.#waiting.delete(key);
    show(pieces);
  }
}
