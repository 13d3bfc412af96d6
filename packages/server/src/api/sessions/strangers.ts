/** A session as it is seen before it is known whose it is. */
export interface Stranger {
  /** Is it known who it is? */
  readonly connected: boolean;
  /** Is nothing under way that the client asked for? */
  readonly isIdle: boolean;
  /** Ends without a word. */
  terminate(): void;
}

/** Sessions that have not said yet who they are. There are only so many, so that they take nobody else's room. */
export class Strangers {
  readonly #most: number;
  /** The oldest first. Those who have connected since may be among them. */
  readonly #all = new Set<Stranger>();

  constructor(most: number) {
    this.#most = most;
  }

  add(stranger: Stranger): void {
    this.#all.add(stranger);
  }

  delete(stranger: Stranger): void {
    this.#all.delete(stranger);
  }

  /** For one more, in place of the longest known who asks for nothing where there is no other. @returns whether there is room */
  makeRoom(): boolean {
    for (const stranger of this.#all) {
      if (this.#all.size < this.#most) return true;
      if (!stranger.connected && !stranger.isIdle) continue;
      this.#all.delete(stranger);
      if (!stranger.connected) stranger.terminate();
    }
    return this.#all.size < this.#most;
  }
}
