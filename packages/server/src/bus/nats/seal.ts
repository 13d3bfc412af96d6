import { createHmac, timingSafeEqual } from 'node:crypto';

/** Of a checksum: more than anybody can guess while a message is of interest. */
const sumBytes = 16;
const timeBytes = 8;
export const sealBytes = sumBytes + timeBytes;
/**
 * How far the time in a message may be from that of whoever hears it; milliseconds. The clocks of servers are that of their
 * database, and what came later than this is in the log.
 */
const freshFor = 60_000;

/**
 * Tells messages of this installation from those of others who may publish on the same NATS servers: each begins with a
 * keyed checksum of itself and its topic (RFC 2104, with SHA-256, cut to half). The time is in it, so that nobody can
 * keep a message and say it again another day.
 */
export class Seal {
  readonly #key: string;

  /** @param secret that all nodes have, and nobody else */
  constructor(secret: string) {
    this.#key = `bus: ${secret}`;
  }

  close(topic: string, message: Uint8Array, now: number): Uint8Array {
    const time = Buffer.alloc(timeBytes);
    time.writeDoubleBE(now);
    const timed = Buffer.concat([time, message]);
    return Buffer.concat([this.#sum(topic, timed), timed]);
  }

  /** @returns `forged`: somebody else made it, or it was made for another topic; `old`: it was said some time ago */
  open(topic: string, sealed: Uint8Array, now: number): Uint8Array | 'forged' | 'old' {
    const timed = sealed.subarray(sumBytes);
    const sum = sealed.subarray(0, sumBytes);
    if (timed.length < timeBytes || !timingSafeEqual(sum, this.#sum(topic, timed))) return 'forged';
    const time = Buffer.from(timed.buffer, timed.byteOffset, timeBytes).readDoubleBE();
    return Math.abs(now - time) <= freshFor ? timed.subarray(timeBytes) : 'old';
  }

  #sum(topic: string, message: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(`${topic}\n`).update(message).digest().subarray(0, sumBytes);
  }
}
