import type { Clock } from '../clock.ts';

/**
 * How often something may happen, for each of many keys: at most `perSecond` times at once, and so many times a second
 * in the long run. A token bucket, kept as one number a key, the time at which the bucket is full again (the "virtual
 * scheduling" form of the generic cell rate algorithm, ITU-T I.371, annex A).
 */
export class Pace {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #tolerance: number;
  /** In the order in which they were last used: the first are the first to be full, and a full one need not be kept. */
  readonly #fullAt = new Map<string, number>();

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#interval = 1000 / perSecond;
    this.#tolerance = 1000 - this.#interval;
  }

  /**
   * Counts one, if it may happen now.
   *
   * @returns 0 when it may, otherwise after how many milliseconds it may
   */
  take(key: string): number {
    const now = this.#clock.now();
    this.#forget(now);
    const fullAt = Math.max(this.#fullAt.get(key) ?? now, now);
    // Sums of thirds of a second are not exact; a microsecond decides nothing.
    const wait = fullAt - now - this.#tolerance;
    if (wait > 0.001) return wait;
    this.#fullAt.delete(key);
    this.#fullAt.set(key, fullAt + this.#interval);
    return 0;
  }

  /** For how many keys something is kept: those of about the last second. */
  get size(): number {
    return this.#fullAt.size;
  }

  #forget(now: number): void {
    for (const [key, fullAt] of this.#fullAt) {
      if (fullAt > now) return;
      this.#fullAt.delete(key);
    }
  }
}
