/** Event names and the listeners that fit them. */
export type Listeners<Events> = { [E in keyof Events]: (...args: never[]) => void };

interface Entry {
  listener: (...args: never[]) => void;
  once: boolean;
}

/**
 * Named events with typed listeners, after Node's EventEmitter. Listeners are called in the order in which they
 * were added, before `emit` returns. One that throws stops neither the others nor the library: its error is thrown
 * again on its own, where the page's or the process's handler of uncaught errors sees it.
 */
export class Emitter<Events extends Listeners<Events>> {
  readonly #entries = new Map<keyof Events, Entry[]>();

  on<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.#add(event, listener, false);
  }

  /** Calls the listener for the next event only. */
  once<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.#add(event, listener, true);
  }

  /** Takes away one registration of the listener. */
  off<E extends keyof Events>(event: E, listener: Events[E]): this {
    const entries = this.#entries.get(event) ?? [];
    const at = entries.findIndex((entry) => entry.listener === listener);
    if (at >= 0)
      this.#set(
        event,
        entries.filter((_, index) => index !== at),
      );
    return this;
  }

  addListener<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.on(event, listener);
  }

  removeListener<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.off(event, listener);
  }

  /** Takes away all listeners, of one event or of all. */
  removeAllListeners(event?: keyof Events): this {
    if (event === undefined) this.#entries.clear();
    else this.#entries.delete(event);
    return this;
  }

  /** How many listeners an event has, or without a name all events together. */
  listenerCount(event?: keyof Events): number {
    if (event !== undefined) return this.#entries.get(event)?.length ?? 0;
    let count = 0;
    for (const entries of this.#entries.values()) count += entries.length;
    return count;
  }

  /** @returns whether anybody listened */
  emit<E extends keyof Events>(event: E, ...args: Parameters<Events[E]>): boolean {
    const entries = this.#entries.get(event);
    if (!entries) return false;
    for (const { listener, once } of entries) {
      if (once) this.off(event, listener as Events[E]);
      try {
        (listener as (...args: Parameters<Events[E]>) => void)(...args);
      } catch (error) {
        throwLater(error);
      }
    }
    return true;
  }

  #add<E extends keyof Events>(event: E, listener: Events[E], once: boolean): this {
    this.#set(event, [...(this.#entries.get(event) ?? []), { listener, once }]);
    return this;
  }

  // Lists are replaced, never changed: `emit` may be walking through the old one.
  #set(event: keyof Events, entries: Entry[]): void {
    if (entries.length) this.#entries.set(event, entries);
    else this.#entries.delete(event);
  }
}

/** An error that belongs to nobody who waits: it surfaces as an uncaught one. */
export function throwLater(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}
