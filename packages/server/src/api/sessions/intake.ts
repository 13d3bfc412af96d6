import { type Taker, turns } from './turns.ts';
import type { Wire } from './wire.ts';

/** The answer to a read may be a page of the largest messages, some 3 MB. */
const readsAtOnce = 8;
/** Bytes that a client has not read, beyond which nothing more is begun for it. */
const unsentLimit = 1024 * 1024;
/** What waits; beyond, no further frames are taken from the wire until there is as much room again. */
const waitingLimit = 128;
const waitingBytesLimit = 2 * 1024 * 1024;

interface Work {
  isRead: boolean;
  /** What is kept of it until it is done. */
  bytes: number;
  run(): Promise<unknown>;
}

/**
 * What one client has asked for, in order: begun as long as it reads what it gets. A client asks for everything at once
 * when it starts, and a slow one must not fill the memory of the server with its answers.
 */
export class Intake implements Taker {
  readonly #wire: Wire;
  readonly #whose: () => unknown;
  readonly #writesAtOnce: number;
  #waiting: Work[] = [];
  #bytes = 0;
  #reads = 0;
  #writes = 0;
  /** Of those. */
  #bytesUnderWay = 0;
  #isPaused = false;
  #isOver = false;
  #whenIdle: (() => void) | undefined;

  /** @param whose says whose client it is, by then */
  constructor(wire: Wire, writesAtOnce: number, whose: () => unknown) {
    this.#wire = wire;
    this.#writesAtOnce = writesAtOnce;
    this.#whose = whose;
  }

  get owner(): unknown {
    return this.#whose();
  }

  add(work: Work): void {
    if (this.#isOver) return;
    this.#waiting.push(work);
    this.#bytes += work.bytes;
    this.proceed();
    if (!this.#isPaused && !this.#hasRoom(1)) {
      this.#isPaused = true;
      this.#wire.pause();
    }
  }

  /** Begins what may be begun by now. To be called when the client has read something, too. */
  proceed(): void {
    for (let next = this.#waiting[0]; next && this.#mayBegin(next) && turns.mayBegin(this); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#bytes -= next.bytes;
      void this.#run(next);
    }
    if (this.#isPaused && this.#hasRoom(2)) {
      this.#isPaused = false;
      this.#wire.resume();
    }
  }

  /** Nothing more is begun. @param whenIdle called when what was begun is done */
  finish(whenIdle: () => void): void {
    this.end();
    if (this.isIdle) whenIdle();
    else this.#whenIdle = whenIdle;
  }

  /** The client is gone: nothing more is begun for it. */
  end(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#bytes = 0;
    // What still comes is passed over, a farewell among it; and whoever waits to hand something over waits no longer.
    this.proceed();
  }

  /** Is nothing under way, and nothing waiting? */
  get isIdle(): boolean {
    return this.#reads + this.#writes + this.#waiting.length === 0;
  }

  /** What is kept of all that is not done; bytes. */
  get held(): number {
    return this.#bytes + this.#bytesUnderWay;
  }

  /** @param times how often what waits could be there */
  #hasRoom(times: number): boolean {
    return this.#waiting.length * times < waitingLimit && this.#bytes * times < waitingBytesLimit;
  }

  #mayBegin({ isRead }: Work): boolean {
    if (this.#wire.unsent >= unsentLimit) return false;
    return isRead ? this.#reads < readsAtOnce : this.#writes < this.#writesAtOnce;
  }

  async #run({ isRead, bytes, run }: Work): Promise<void> {
    if (isRead) this.#reads += 1;
    else this.#writes += 1;
    this.#bytesUnderWay += bytes;
    try {
      await run();
    } finally {
      if (isRead) this.#reads -= 1;
      else this.#writes -= 1;
      this.#bytesUnderWay -= bytes;
      this.proceed();
      if (this.isIdle) this.#whenIdle?.();
    }
  }
}
