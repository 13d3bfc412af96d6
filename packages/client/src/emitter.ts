import type { CallOptions } from './call-options.ts';

/** Event names and the listeners that fit them. */
export type Listeners<Events> = { [E in keyof Events]: (...args: never[]) => void };

interface Entry {
  event: PropertyKey;
  listener: (...args: never[]) => void;
  once: boolean;
}

/**
 * Named events with typed listeners, after Node's EventEmitter. Listeners are called in the order in which they
 * were added, before `emit` returns. One that throws stops neither the others nor the library: its error is thrown
 * again on its own, where the page's or the process's handler of uncaught errors sees it.
 */
export class Emitter<Events extends Listeners<Events>> {
  /** In the order in which they were added. Replaced, never changed: `emit` may be walking through the old list. */
  #entries: readonly Entry[] = [];
  /** What each event brought last. Most objects never emit anything. */
  #last: Map<keyof Events, never[]> | undefined;

  /** Calls the listener for each event from now on. */
  on<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.#add(event, listener, false);
  }

  /** Calls the listener for the next event only. */
  once<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.#add(event, listener, true);
  }

  /** As `on`, and calls the listener at once with what the event brought last, if there was one. */
  onWithReplay<E extends keyof Events>(event: E, listener: Events[E]): this {
    this.#replay(event, listener);
    return this.on(event, listener);
  }

  /** Calls the listener once: at once with what the event brought last, or for the next one. */
  onceWithReplay<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.#replay(event, listener) ? this : this.once(event, listener);
  }

  /** Takes away one registration of the listener. */
  off<E extends keyof Events>(event: E, listener: Events[E]): this {
    const at = this.#entries.findIndex((entry) => entry.event === event && entry.listener === listener);
    this.#entries = this.#entries.filter((_, index) => index !== at);
    return this;
  }

  /** The same as `on`. */
  addListener<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.on(event, listener);
  }

  /** The same as `onWithReplay`. */
  addListenerWithReplay<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.onWithReplay(event, listener);
  }

  /** The same as `off`. */
  removeListener<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.off(event, listener);
  }

  /** Takes away all listeners, of one event or of all. */
  removeAllListeners(event?: PropertyKey): this {
    this.#entries = event === undefined ? [] : this.#entries.filter((entry) => entry.event !== event);
    return this;
  }

  /** How many listeners an event has, or without a name all events together. */
  listenerCount(event?: keyof Events): number {
    return this.#entries.filter((entry) => event === undefined || entry.event === event).length;
  }

  /**
   * The first argument of each event from now on, for `for await`. What comes while the loop is busy waits for it. The
   * loop ends by `break`, or when the signal aborts; until then, everything is kept for it.
   */
  events<E extends keyof Events>(
    event: E,
    { signal }: CallOptions = {},
  ): AsyncIterableIterator<Parameters<Events[E]>[0]> {
    type Payload = Parameters<Events[E]>[0];
    const waiting: Payload[] = [];
    let ended = false;
    let wake = () => {};
    const listener = (payload: Payload) => {
      waiting.push(payload);
      wake();
    };
    const end = async (): Promise<IteratorReturnResult<undefined>> => {
      ended = true;
      this.off(event, listener as Events[E]);
      signal?.removeEventListener('abort', end);
      wake();
      return { value: undefined, done: true };
    };
    this.on(event, listener as Events[E]);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) void end();
    return {
      next: async () => {
        while (!waiting.length && !ended) await new Promise<void>((resolve) => (wake = resolve));
        return ended ? end() : { value: waiting.shift() as Payload, done: false };
      },
      return: end,
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** @returns whether anybody listened */
  emit<E extends keyof Events>(event: E, ...args: Parameters<Events[E]>): boolean {
    this.#last ??= new Map();
    this.#last.set(event, args);
    const entries = this.#entries.filter((entry) => entry.event === event);
    for (const { listener, once } of entries) {
      if (once) this.off(event, listener as Events[E]);
      call(listener, ...args);
    }
    return entries.length > 0;
  }

  #replay(event: keyof Events, listener: Entry['listener']): boolean {
    const last = this.#last?.get(event);
    if (last) call(listener, ...last);
    return last !== undefined;
  }

  #add<E extends keyof Events>(event: E, listener: Events[E], once: boolean): this {
    this.#entries = [...this.#entries, { event, listener, once }];
    return this;
  }
}

/** What a listener throws is no concern of who calls it. */
export function call<A extends unknown[]>(listener: ((...args: A) => void) | undefined, ...args: A): void {
  try {
    listener?.(...args);
  } catch (error) {
    throwLater(error);
  }
}

/** An error that belongs to nobody who waits: it surfaces as an uncaught one. */
export function throwLater(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}
