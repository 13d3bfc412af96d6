import { statuses } from '../status.ts';

/** A PDU that cannot be read or written, and the `command_status` that says so to the peer. */
export class PduError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'PduError';
    this.status = status;
  }
}

/** Reads a body from its first octet to its last. No length that the peer names is believed before it was compared. */
export class Reader {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  get left(): number {
    return this.#octets.length - this.#at;
  }

  /** @throws PduError when there are fewer octets left */
  take(length: number): Uint8Array {
    if (length > this.left) {
      throw new PduError(statuses.ESME_RINVCMDLEN, `The body ends ${length - this.left} octets too early.`);
    }
    this.#at += length;
    return this.#octets.subarray(this.#at - length, this.#at);
  }

  /** An unsigned integer, the most significant octet first. */
  integer(octets: 1 | 2 | 4): number {
    return this.take(octets).reduce((value, octet) => value * 256 + octet, 0);
  }

  /**
   * A string up to its NUL, which is taken as well.
   *
   * @param max octets with the NUL
   * @throws PduError when there is no NUL within them
   */
  cString(max: number): string {
    const end = this.#octets.subarray(this.#at, this.#at + max).indexOf(0);
    if (end < 0) {
      if (this.left < max) throw new PduError(statuses.ESME_RINVCMDLEN, 'The body ends within a string.');
      throw new PduError(statuses.ESME_RINVPARLEN, `A string is longer than ${max - 1} octets.`);
    }
    const text = Buffer.from(this.take(end)).toString('latin1');
    this.#at += 1;
    return text;
  }
}

/** Puts a body together. */
export class Writer {
  readonly #pieces: Uint8Array[] = [];

  put(octets: Uint8Array): void {
    this.#pieces.push(octets);
  }

  /** @throws PduError when the value does not fit */
  integer(value: number, octets: 1 | 2 | 4): void {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** octets) {
      throw new PduError(statuses.ESME_RINVCMDLEN, `${value} does not fit into ${octets} octets.`);
    }
    const piece = Buffer.alloc(octets);
    piece.writeUIntBE(value, 0, octets);
    this.#pieces.push(piece);
  }

  /**
   * @param max octets with the NUL
   * @throws PduError when it is longer, or holds what no such string can hold
   */
  cString(text: string, max: number): void {
    if (text.length >= max) throw new PduError(statuses.ESME_RINVPARLEN, `"${text}" is longer than ${max - 1} octets.`);
    if (!isLatin1(text))
      throw new PduError(statuses.ESME_RINVPARLEN, `"${text}" has characters that no PDU can carry.`);
    this.#pieces.push(Buffer.from(`${text}\0`, 'latin1'));
  }

  end(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }
}

function isLatin1(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0 || code > 0xff) return false;
  }
  return true;
}
