/** A connection that begins as much as it has time for. */
export interface Taker {
  /** Who has it. */
  readonly owner: unknown;
  /** There is time again. */
  proceed(): void;
}

/**
 * What may be begun in one turn of the event loop, by one connection and by all; milliseconds. SQLite answers at once, and
 * nothing else in this process would have a turn.
 */
const most = { ofOne: 10, ofAll: 30 };

/**
 * Shares out the turns of the event loop. Those for whom there was no time come first in the next one, of each owner one
 * connection: however many somebody has, others wait no longer for that.
 */
export class Turns {
  /** When the first one began something in this turn. */
  #began: number | undefined;
  /** The same of each. */
  readonly #takers = new Map<Taker, number>();
  /** By owner, in the order in which they are next. */
  readonly #waiting = new Map<unknown, Set<Taker>>();

  /** May it begin something now? If not, it is told when it may. */
  mayBegin(taker: Taker): boolean {
    const now = performance.now();
    if (this.#began === undefined) this.#begin(now);
    const began = this.#takers.get(taker);
    if (began === undefined) this.#takers.set(taker, now);
    if (now - (began ?? now) < most.ofOne && now - (this.#began ?? now) < most.ofAll) return true;
    this.#wait(taker);
    return false;
  }

  #begin(now: number): void {
    this.#began = now;
    setImmediate(() => {
      this.#began = undefined;
      this.#takers.clear();
      this.#next();
    });
  }

  #wait(taker: Taker): void {
    const ofOwner = this.#waiting.get(taker.owner);
    if (ofOwner) ofOwner.add(taker);
    else this.#waiting.set(taker.owner, new Set([taker]));
  }

  #next(): void {
    const began = performance.now();
    for (const [owner, takers] of [...this.#waiting]) {
      if (performance.now() - began >= most.ofAll) break;
      const [taker] = takers;
      this.#waiting.delete(owner);
      if (!taker) continue;
      takers.delete(taker);
      if (takers.size > 0) this.#waiting.set(owner, takers);
      taker.proceed();
    }
    // What was let go on may have had nothing to begin any more.
    if (this.#waiting.size > 0 && this.#began === undefined) this.#begin(performance.now());
  }
}

/** Of this process: it has one event loop. */
export const turns = new Turns();
