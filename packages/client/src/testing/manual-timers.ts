import type { Timers } from '../timers.ts';
import { settle } from './turns.ts';

/** Time that stands still until it is moved. */
export class ManualTimers implements Timers {
  #now = 1_000_000;
  #lastId = 0;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  set(callback: () => void, ms: number): number {
    const id = ++this.#lastId;
    this.#timers.set(id, { at: this.#now + ms, callback });
    return id;
  }

  clear(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** How long until the next one; undefined when none waits. */
  get next(): number | undefined {
    const first = Math.min(...[...this.#timers.values()].map(({ at }) => at));
    return Number.isFinite(first) ? first - this.#now : undefined;
  }

  /** Moves the time, and calls what falls due on the way, each at its time, letting promises run in between. */
  async advance(ms: number): Promise<void> {
    await settle();
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].callback();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  /** The machine sleeps: time passes, and what fell due meanwhile is called late, all at once. */
  async sleep(ms: number): Promise<void> {
    this.#now += ms;
    const due = [...this.#timers].filter(([, { at }]) => at <= this.#now);
    for (const [id, { callback }] of due) {
      if (this.#timers.delete(id)) callback();
    }
    await settle();
  }
}
