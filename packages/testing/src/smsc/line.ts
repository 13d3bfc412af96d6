/** A connection whose ways can be made bad. What is written is one whole PDU at a time. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { commandIds } from '@colloquy/smpp';

/** How octets arrive: as they were written, in small pieces, or several PDUs at once. */
export type Delivery = 'whole' | 'split' | 'merged';

/** Octets of a piece: prime, so that it ends everywhere in a PDU. */
const pieceOctets = 7;

export class Line extends Duplex {
  delivery: Delivery = 'whole';
  /** Questions whether we are there are not answered. */
  ignoresEnquiries = false;
  readonly #socket: Socket;
  #merging: Buffer[] = [];

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** Ends our half; the other stays open. */
  halfClose(): void {
    this.#socket.end();
  }

  /** As when the peer's host is gone. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Any octets, past the session. */
  raw(octets: Uint8Array): void {
    this.#socket.write(octets);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.ignoresEnquiries && chunk.readUInt32BE(4) === commandIds.enquire_link_resp) {
      done();
    } else if (this.delivery === 'split') {
      this.#writeInPieces(chunk, done);
    } else if (this.delivery === 'merged') {
      if (this.#merging.push(chunk) === 1) setImmediate(() => this.#flush());
      done();
    } else this.#socket.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#flush();
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #flush(): void {
    const octets = Buffer.concat(this.#merging);
    this.#merging = [];
    if (octets.length > 0 && this.#socket.writable) this.#socket.write(octets);
  }

  #writeInPieces(chunk: Buffer, done: (error?: Error | null) => void): void {
    if (chunk.length <= pieceOctets) {
      this.#socket.write(chunk, done);
      return;
    }
    this.#socket.write(chunk.subarray(0, pieceOctets), (error) => {
      if (error) done(error);
      else setImmediate(() => this.#writeInPieces(chunk.subarray(pieceOctets), done));
    });
  }
}
