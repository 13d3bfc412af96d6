/**
 * How fast a bind may send: so many messages a second, so many unanswered at a time, and less of both while the SMSC
 * finds it too much.
 */
import type { Scheduler } from '../clock.ts';

export interface PaceOptions {
  clock: Scheduler;
  /** Messages. */
  perSecond: number;
  /** Messages without an answer at most. */
  window: number;
}

/** A place in the window; given back with what the answer said. */
export type Turn = (answer: 'fine' | 'throttled' | 'other') => void;

interface Waiting {
  grant(turn: Turn): void;
  refuse(error: Error): void;
}

const shortestPauseMs = 1000;
const longestPauseMs = 30_000;
/** What is left of the rate at least: something has to find out when the SMSC is content again. */
const slowest = 0.1;

/**
 * Additive increase, multiplicative decrease: what a throttle halves comes back by a tenth of it all a second. A throttle
 * stops all for a second, and twice as long each time that nothing is taken in between.
 */
export class Pace {
  readonly #options: PaceOptions;
  readonly #queue = new Set<Waiting>();
  #open = false;
  #outstanding = 0;
  #rate: number;
  #tokens: number;
  #filledAt: number;
  #nextPauseMs = shortestPauseMs;
  #pausedUntil = 0;
  /** Up to when nobody throttled; a clean second later the rate grows. */
  #cleanSince: number;
  #callOff: (() => void) | null = null;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#rate = options.perSecond;
    this.#tokens = this.#most;
    this.#filledAt = options.clock.now();
    this.#cleanSince = this.#filledAt;
  }

  /** Messages a second, at present. */
  get rate(): number {
    this.#recover();
    return this.#rate;
  }

  /**
   * How many may go at once: those of a tenth of a second, since timers are no more exact than that, and no more, since
   * SMSCs count by the second.
   */
  get #most(): number {
    return Math.max(1, this.#rate / 10);
  }

  /** Milliseconds that nothing may go for, since the SMSC finds it too much. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntil - this.#options.clock.now());
  }

  /** Messages that wait for their turn. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Lets begin what waits, in its order. */
  open(): void {
    this.#open = true;
    this.#pump();
  }

  /** What waits is refused, and so is what comes, until it opens again. */
  close(error: Error): void {
    this.#open = false;
    for (const waiting of this.#queue) waiting.refuse(error);
    this.#queue.clear();
  }

  /**
   * @returns the turn, which must be given back
   * @throws what it was closed with, or the signal's reason, whichever comes first
   */
  turn(signal: AbortSignal): Promise<Turn> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const leave = () => {
        this.#queue.delete(waiting);
        reject(signal.reason);
      };
      const done = () => signal.removeEventListener('abort', leave);
      const waiting: Waiting = {
        grant: (turn) => {
          done();
          resolve(turn);
        },
        refuse: (error) => {
          done();
          reject(error);
        },
      };
      signal.addEventListener('abort', leave);
      this.#queue.add(waiting);
      this.#pump();
    });
  }

  #pump(): void {
    const { clock, window } = this.#options;
    this.#callOff?.();
    this.#callOff = null;
    for (const waiting of this.#queue) {
      if (!this.#open || this.#outstanding >= window) return;
      const wait = this.#wait();
      if (wait > 0) {
        this.#callOff = clock.at(clock.now() + wait, () => this.#pump());
        return;
      }
      this.#queue.delete(waiting);
      this.#outstanding += 1;
      this.#tokens -= 1;
      waiting.grant(this.#turn());
    }
  }

  /** Milliseconds until the next may go. */
  #wait(): number {
    const now = this.#options.clock.now();
    if (now < this.#pausedUntil) return this.#pausedUntil - now;
    this.#recover();
    this.#tokens = Math.min(this.#most, this.#tokens + ((now - this.#filledAt) / 1000) * this.#rate);
    this.#filledAt = now;
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / this.#rate) * 1000);
  }

  #turn(): Turn {
    const beganAt = this.#options.clock.now();
    let over = false;
    return (answer) => {
      if (over) return;
      over = true;
      this.#outstanding -= 1;
      if (answer === 'throttled') this.#throttle(beganAt);
      else if (answer === 'fine' && beganAt >= this.#pausedUntil) this.#nextPauseMs = shortestPauseMs;
      this.#pump();
    };
  }

  /** @param beganAt when the message went out: of a whole window that is refused, only the first counts */
  #throttle(beganAt: number): void {
    const now = this.#options.clock.now();
    if (beganAt < this.#pausedUntil || now < this.#pausedUntil) return;
    this.#recover();
    this.#pausedUntil = now + this.#nextPauseMs;
    this.#nextPauseMs = Math.min(longestPauseMs, this.#nextPauseMs * 2);
    this.#rate = Math.max(this.#options.perSecond * slowest, this.#rate / 2);
    this.#cleanSince = this.#pausedUntil;
  }

  #recover(): void {
    const { clock, perSecond } = this.#options;
    const seconds = Math.floor((clock.now() - this.#cleanSince) / 1000);
    if (seconds <= 0) return;
    this.#cleanSince += seconds * 1000;
    this.#rate = Math.min(perSecond, this.#rate + (seconds * perSecond) / 10);
  }
}
