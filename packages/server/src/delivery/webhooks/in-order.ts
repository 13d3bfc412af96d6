/** A call that came before, of the same key. */
export interface Predecessor {
  /** It has been handed on, or never will be; and so have those before it. Never rejects. */
  readonly handedOn: Promise<void>;
  /** It has been answered, and so have those before it. Never rejects. */
  readonly answered: Promise<void>;
}

/**
 * Lets calls of one key prepare side by side, and hands them on in the order in which they came. So a slow preparation
 * costs those behind it the time until it ends, and never the sum of several.
 */
export class InOrder {
  readonly #last = new Map<string, Predecessor>();

  /** Is a call of that key under way? */
  isBusy(key: string): boolean {
    return this.#last.has(key);
  }

  /** Is no call under way, of whatever key? */
  get isIdle(): boolean {
    return this.#last.size === 0;
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    while (!this.isIdle) await Promise.all([...this.#last.values()].map(({ answered }) => answered));
  }

  /** @param handOn has to take what was prepared before it returns; its promise is the answer */
  pass<Prepared, Answer>(
    key: string,
    prepare: (before: Predecessor | undefined) => Promise<Prepared>,
    handOn: (prepared: Prepared) => Promise<Answer>,
  ): Promise<Answer> {
    const before = this.#last.get(key);
    const handedOn = Promise.withResolvers<void>();
    const running = (async () => {
      try {
        const prepared = await prepare(before);
        await before?.handedOn;
        const answer = handOn(prepared);
        handedOn.resolve();
        return await answer;
      } finally {
        handedOn.resolve(before?.handedOn);
      }
    })();
    const answered = Promise.allSettled([running, before?.answered]).then(() => {
      if (this.#last.get(key) === place) this.#last.delete(key);
    });
    const place: Predecessor = { handedOn: handedOn.promise, answered };
    this.#last.set(key, place);
    return running;
  }
}
