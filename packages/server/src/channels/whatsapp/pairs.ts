import type { Address } from '../message.ts';

const mostRemembered = 10_000;
const mostSteps = 5;

/**
 * People to whom too much was sent in a short time (error 131056). Meta lends up to 45 messages of the future and
 * then takes one in six seconds; its advice is to wait 4, 16, 64 … seconds.
 */
export class Pairs {
  readonly #throttled = new Map<Address, number>();

  /** @returns how long to wait, in milliseconds */
  wait(recipient: Address): number {
    if (this.#throttled.size >= mostRemembered) this.#throttled.clear();
    const times = Math.min((this.#throttled.get(recipient) ?? 0) + 1, mostSteps);
    this.#throttled.set(recipient, times);
    return 4 ** times * 1000;
  }

  clear(recipient: Address): void {
    this.#throttled.delete(recipient);
  }
}
