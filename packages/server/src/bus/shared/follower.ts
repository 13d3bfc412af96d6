import type { Scheduler } from '../../core/clock.ts';
import type { Moves } from '../bus.ts';
import type { StreamLog } from './stream-log.ts';

const lookEvery = 1000;
/** What is looked through at a time. A node that was stopped for long finds a lot. */
const eventsAtOnce = 50_000;

export interface FollowerOptions {
  log: StreamLog;
  clock: Scheduler;
  /** Told where a stream stands that moved. */
  note(stream: string, position: number): void;
  /** Told of all of them together. */
  moved(moves: Moves): void;
  /** Told after each look that succeeded. */
  looked(): void;
  onError(error: unknown): void;
}

/**
 * Looks once a second which streams moved. What the bus lost, what a node committed that died before it could tell, and
 * what happened while nothing carries, is noticed here.
 */
export class Follower {
  readonly #options: FollowerOptions;
  /** The event up to which all were looked at. */
  #from: number | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #callOff: () => void = () => {};

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Begins with what is committed from now on. */
  async start(): Promise<void> {
    this.#from = await this.#options.log.settled();
    this.#arm();
  }

  /** Looks at once. */
  look(): void {
    if (this.#stopped || this.#from === undefined) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#callOff();
    this.#looking = this.#look()
      .then(this.#options.looked, this.#options.onError)
      .finally(() => {
        this.#looking = undefined;
        this.#arm();
        if (!this.#again) return;
        this.#again = false;
        this.look();
      });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#callOff();
    await this.#looking;
  }

  #arm(): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    this.#callOff();
    this.#callOff = clock.at(clock.now() + lookEvery, () => this.look());
  }

  async #look(): Promise<void> {
    const { log, note, moved } = this.#options;
    const settled = await log.settled();
    for (let from = this.#from ?? settled; ; ) {
      // The last piece has what is newer than that, too, and is looked at once more.
      const upTo = settled - from > eventsAtOnce ? from + eventsAtOnce : undefined;
      const streams = await log.moved(from, upTo);
      if (this.#stopped) return;
      moved({ after: from, upTo: upTo ?? settled, streams });
      for (const [stream, { position }] of streams) note(stream, position);
      this.#from = from = upTo ?? settled;
      if (upTo === undefined) return;
    }
  }
}
