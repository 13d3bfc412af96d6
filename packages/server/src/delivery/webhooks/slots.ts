import type { Scheduler } from '../../core/clock.ts';

interface Waiting {
  key: string;
  admit: () => void;
}

/** Bounds how many things are under way at once: in all, and of each key, so that one key cannot take every place. */
export class Slots {
  readonly #clock: Scheduler;
  readonly #total: number;
  readonly #perKey: number;
  readonly #taken = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();
  #inAll = 0;

  constructor(clock: Scheduler, { total, perKey }: { total: number; perKey: number }) {
    this.#clock = clock;
    this.#total = total;
    this.#perKey = perKey;
  }

  /**
   * Waits for a place; first come, first served, as far as their keys have room.
   *
   * @returns whether there was one before that time; then `leave` has to follow
   */
  enter(key: string, until: number): Promise<boolean> {
    if (this.#hasRoom(key)) {
      this.#take(key);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const callOff = this.#clock.at(until, () => {
        this.#waiting.delete(waiting);
        resolve(false);
      });
      const waiting: Waiting = {
        key,
        admit: () => {
          callOff();
          this.#waiting.delete(waiting);
          this.#take(key);
          resolve(true);
        },
      };
      this.#waiting.add(waiting);
    });
  }

  leave(key: string): void {
    const left = (this.#taken.get(key) ?? 0) - 1;
    if (left > 0) this.#taken.set(key, left);
    else this.#taken.delete(key);
    this.#inAll -= 1;
    for (const waiting of this.#waiting) {
      if (!this.#hasRoom(waiting.key)) continue;
      waiting.admit();
      return;
    }
  }

  #hasRoom(key: string): boolean {
    return this.#inAll < this.#total && (this.#taken.get(key) ?? 0) < this.#perKey;
  }

  #take(key: string): void {
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    this.#inAll += 1;
  }
}
