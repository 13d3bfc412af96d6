interface Cached {
  readonly sid: string;
  readonly conversation?: unknown;
  listenerCount(): number;
}

/** A weak reference, or what stands for one and holds the object. */
interface Held<T> {
  deref(): T | undefined;
}

/**
 * Keeps the objects that were used last, and knows all others that the program still holds: as long as an object
 * lives, there is no second one for the same resource, and events change the one that the program has. So memory is
 * bounded by the capacity and by what the program keeps itself. An object that somebody listens to is never let go.
 */
export class ObjectCache<T extends Cached> {
  /** Least recently used first: a Map keeps the order in which keys were added. */
  readonly #recent = new Map<string, T>();
  readonly #others = new Map<string, Held<T>>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(sid: string): T | undefined {
    const object = this.#recent.get(sid) ?? this.#others.get(sid)?.deref();
    if (object) this.add(object);
    return object;
  }

  /** Adds the object, or marks it as used. */
  add(object: T): void {
    this.delete(object.sid);
    this.#recent.set(object.sid, object);
    const [oldest] = this.#recent.values();
    if (!oldest || this.#recent.size <= this.#capacity) return;
    this.#recent.delete(oldest.sid);
    this.#hold(oldest);
    // Two for each that comes, so that no more of them are dead, or held for nobody, than live.
    this.#holdAgain();
    this.#holdAgain();
  }

  delete(sid: string): void {
    this.#recent.delete(sid);
    this.#others.delete(sid);
  }

  /** All of a conversation that live, in no order. */
  of(conversation: T['conversation']): T[] {
    const others = [...this.#others.values()].flatMap((held) => held.deref() ?? []);
    return [...this.#recent.values(), ...others].filter((one) => one.conversation === conversation);
  }

  /** Looks at the one that was looked at longest ago. */
  #holdAgain(): void {
    const [longest] = this.#others;
    if (!longest) return;
    const [sid, held] = longest;
    this.#others.delete(sid);
    this.#hold(held.deref());
  }

  /** Engines without weak references (old React Native) know no more of what was let go. */
  #hold(object: T | undefined): void {
    if (!object) return;
    if (object.listenerCount()) this.#others.set(object.sid, { deref: () => object });
    else if (globalThis.WeakRef) this.#others.set(object.sid, new WeakRef(object));
  }
}
