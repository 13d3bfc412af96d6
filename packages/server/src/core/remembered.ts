/**
 * What is remembered of some users in room that does not grow: where it would, those are forgotten who were remembered longest
 * ago, the new one too if need be. Who changes what is remembered forgets it first, and remembers it anew.
 */
export class Remembered<T> {
  readonly #room: number;
  readonly #weigh: (value: T) => number;
  /** By user, the one who was remembered last at the end. */
  readonly #users = new Map<string, { value: T; weight: number }>();
  #taken = 0;

  /** @param room for the weights of all of them together */
  constructor(room: number, weigh: (value: T) => number) {
    this.#room = room;
    this.#weigh = weigh;
  }

  get(user: string): T | undefined {
    return this.#users.get(user)?.value;
  }

  remember(user: string, value: T): void {
    this.forget(user);
    const weight = this.#weigh(value);
    this.#users.set(user, { value, weight });
    this.#taken += weight;
    for (const other of this.#users.keys()) {
      if (this.#taken <= this.#room) return;
      this.forget(other);
    }
  }

  forget(user: string): void {
    this.#taken -= this.#users.get(user)?.weight ?? 0;
    this.#users.delete(user);
  }
}
