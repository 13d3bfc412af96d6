import type { Wire } from '../sessions/wire.ts';

/** The answer to a read may be a page of the largest messages, some 3 MB. */
const readsAtOnce = 8;
const writesAtOnce = 64;
/** Bytes that a client has not read, beyond which nothing more is begun for it. */
const unsentLimit = 1024 * 1024;
/** What waits; beyond, no further frames are taken from the wire until there are so few. */
const pauseAt = 128;
const resumeAt = 32;

interface Work {
  isRead: boolean;
  run(): Promise<void>;
}

/**
 * What one client has asked for, in order: begun as long as it reads what it gets. A client asks for everything at once
 * when it starts, and a slow one must not fill the memory of the server with its answers.
 */
export class Intake {
  readonly #wire: Wire;
  #waiting: Work[] = [];
  #reads = 0;
  #writes = 0;
  #isPaused = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  add(work: Work): void {
    this.#waiting.push(work);
    this.proceed();
    if (!this.#isPaused && this.#waiting.length >= pauseAt) {
      this.#isPaused = true;
      this.#wire.pause();
    }
  }

  /** Begins what may be begun by now. To be called when the client has read something, too. */
  proceed(): void {
    for (let next = this.#waiting[0]; next && this.#mayBegin(next); next = this.#waiting[0]) {
      this.#waiting.shift();
      void this.#run(next);
    }
    if (this.#isPaused && this.#waiting.length <= resumeAt) {
      this.#isPaused = false;
      this.#wire.resume();
    }
  }

  /** The client is gone: nothing more is begun for it. */
  end(): void {
    this.#waiting = [];
  }

  #mayBegin({ isRead }: Work): boolean {
    if (this.#wire.unsent >= unsentLimit) return false;
    return isRead ? this.#reads < readsAtOnce : this.#writes < writesAtOnce;
  }

  async #run({ isRead, run }: Work): Promise<void> {
    if (isRead) this.#reads += 1;
    else this.#writes += 1;
    try {
      await run();
    } finally {
      if (isRead) this.#reads -= 1;
      else this.#writes -= 1;
      this.proceed();
    }
  }
}
