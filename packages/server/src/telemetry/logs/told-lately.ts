import type { Clock } from '../../core/clock.ts';

/** For how long the same failure is not told again; milliseconds. */
const quiet = 60_000;

/** Of something that is tried again and again, as long as a database is away perhaps: the same failure is told once a minute. */
export class ToldLately {
  readonly #clock: Clock;
  #message: string | undefined;
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Was this failure told within the last minute, and none of another kind since? If not, it is to be told now. */
  has(error: unknown): boolean {
    const { message } = error as Error;
    const age = this.#clock.now() - this.#since;
    // A clock may be put back.
    if (message === this.#message && age >= 0 && age < quiet) return true;
    this.#message = message;
    this.#since = this.#clock.now();
    return false;
  }
}
