import { createHmac, timingSafeEqual } from 'node:crypto';

/** Of a checksum: more than anybody can guess while a message is of interest. */
export const sealBytes = 16;

/**
 * Tells messages of this installation from those of others who may publish on the same NATS servers: each begins with a
 * keyed checksum of itself and its topic (RFC 2104, with SHA-256, cut to half).
 */
export class Seal {
  readonly #key: string;

  /** @param secret that all nodes have, and nobody else */
  constructor(secret: string) {
    this.#key = `bus: ${secret}`;
  }

  close(topic: string, message: Uint8Array): Uint8Array {
    return Buffer.concat([this.#sum(topic, message), message]);
  }

  /** @returns undefined for what somebody else made, or made for another topic */
  open(topic: string, sealed: Uint8Array): Uint8Array | undefined {
    const message = sealed.subarray(sealBytes);
    const sum = sealed.subarray(0, sealBytes);
    return sum.length === sealBytes && timingSafeEqual(sum, this.#sum(topic, message)) ? message : undefined;
  }

  #sum(topic: string, message: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(`${topic}\n`).update(message).digest().subarray(0, sealBytes);
  }
}
