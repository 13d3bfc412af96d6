/** Cuts a stream of octets into PDUs, in whatever pieces it comes. */
import { type Frame, headerLength, parseFrame } from './pdu.ts';

/** `message_payload` holds up to 64 kB; what stands around it needs less than half of one. */
export const maxPduOctets = 68 * 1024;

/** A length that cannot be: the stream has no beginning of a PDU any more that could be found again. */
export class FramingError extends Error {
  /** The number of the broken PDU, where it was there to read; else 0. */
  readonly sequence: number;

  constructor(length: number, sequence: number) {
    super(`command_length is ${length}.`);
    this.name = 'FramingError';
    this.sequence = sequence;
  }
}

export class Framer {
  readonly #maxOctets: number;
  #chunks: Uint8Array[] = [];
  #octets = 0;

  constructor(maxOctets = maxPduOctets) {
    this.#maxOctets = maxOctets;
  }

  /**
   * @param chunk what came; is kept until the PDU that it belongs to is whole
   * @returns the PDUs that are whole now
   * @throws FramingError after those, when what follows cannot be read
   */
  *push(chunk: Uint8Array): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#octets += chunk.length;
    while (this.#octets >= 4) {
      const length = this.#peek(0);
      if (length < headerLength || length > this.#maxOctets) {
        throw new FramingError(length, this.#octets >= headerLength ? this.#peek(12) : 0);
      }
      if (this.#octets < length) return;
      yield parseFrame(this.#take(length));
    }
  }

  /** Four octets as an integer. */
  #peek(at: number): number {
    if ((this.#chunks[0]?.length ?? 0) < at + 4) this.#join();
    const [first] = this.#chunks;
    return first ? new DataView(first.buffer, first.byteOffset, first.length).getUint32(at) : 0;
  }

  #take(length: number): Uint8Array {
    if ((this.#chunks[0]?.length ?? 0) < length) this.#join();
    const whole = this.#chunks[0] ?? new Uint8Array();
    this.#octets -= length;
    if (whole.length === length) this.#chunks.shift();
    else this.#chunks[0] = whole.subarray(length);
    return whole.subarray(0, length);
  }

  #join(): void {
    this.#chunks = [Buffer.concat(this.#chunks)];
  }
}
