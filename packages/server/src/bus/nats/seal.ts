import { createHmac, timingSafeEqual } from 'node:crypto';
import { Heard } from './heard.ts';

/** Of a checksum: more than anybody can guess while a message is of interest. */
const sumBytes = 16;
const timeBytes = 8;
export const sealBytes = sumBytes + timeBytes;
/**
 * How far the time in a message may be from that of whoever hears it; milliseconds. The clocks of servers are that of their
 * database, and what came later than this is in the log.
 */
const freshFor = 60_000;
/** Messages of one millisecond that are told apart, though they say the same. */
const inMillisecond = 1024;

/**
 * Tells messages of this installation from those of others who may publish on the same NATS servers: each begins with a
 * keyed checksum of itself and its topic (RFC 2104, with SHA-256, cut to half). The time is in it, so that nobody can
 * keep a message and say it again another day; and what may not be heard twice is remembered for as long as it could be.
 */
export class Seal {
  readonly #key: string;
  // From as long ago to as far ahead.
  readonly #heard = new Heard(2 * freshFor);
  #closed = 0;

  /** @param secret that all nodes have, and nobody else */
  constructor(secret: string) {
    this.#key = `bus: ${secret}`;
  }

  close(topic: string, message: Uint8Array, now: number): Uint8Array {
    this.#closed = (this.#closed + 1) % inMillisecond;
    const time = Buffer.alloc(timeBytes);
    time.writeDoubleBE(now + this.#closed / inMillisecond);
    const timed = Buffer.concat([time, message]);
    return Buffer.concat([this.#sum(topic, timed), timed]);
  }

  /** @returns `forged`: somebody else made it, or it was made for another topic; `old`: it was said some time ago */
  open(topic: string, sealed: Uint8Array, now: number): Uint8Array | 'forged' | 'old' {
    const timed = sealed.subarray(sumBytes);
    if (timed.length < timeBytes || !timingSafeEqual(sumIn(sealed), this.#sum(topic, timed))) return 'forged';
    return Math.abs(now - timeIn(sealed)) <= freshFor ? timed.subarray(timeBytes) : 'old';
  }

  /** Remembers a message that was made here, or opened. @returns whether it did before */
  remember(sealed: Uint8Array): boolean {
    return this.#heard.note(sumIn(sealed), timeIn(sealed));
  }

  #sum(topic: string, message: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(`${topic}\n`).update(message).digest().subarray(0, sumBytes);
  }
}

function sumIn(sealed: Uint8Array): Uint8Array {
  return sealed.subarray(0, sumBytes);
}

function timeIn({ buffer, byteOffset }: Uint8Array): number {
  return new DataView(buffer, byteOffset + sumBytes, timeBytes).getFloat64(0);
}
