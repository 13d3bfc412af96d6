import type { Clock } from '../../core/clock.ts';
import type { Intake } from './intake.ts';
import type { Wire } from './wire.ts';

/** When a client gave its last sign of life, and what is taken for one. */
export class LifeSigns {
  readonly #wire: Wire;
  readonly #intake: Intake;
  readonly #clock: Clock;
  #last: number;
  /** What the client had not read when it was asked for a sign of life. */
  #unsent = 0;

  constructor(wire: Wire, intake: Intake, clock: Clock) {
    this.#wire = wire;
    this.#intake = intake;
    this.#clock = clock;
    this.#last = clock.now();
  }

  /** Milliseconds. */
  get last(): number {
    return this.#last;
  }

  /** The client gave one. */
  heard(): void {
    this.#last = this.#clock.now();
  }

  /** The client has read what it had not. */
  drained(): void {
    this.heard();
    this.#intake.proceed();
  }

  /** Asks for one. */
  ask(): void {
    const { unsent } = this.#wire;
    // A slow client comes to the question only behind all the rest, and of one that nothing more is taken from no other sign
    // arrives: that it reads is one as well.
    if (unsent < this.#unsent) this.heard();
    this.#unsent = unsent;
    this.#wire.ping();
  }
}
