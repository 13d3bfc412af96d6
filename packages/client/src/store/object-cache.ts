interface Cached {
  readonly sid: string;
  listenerCount(): number;
}

/** From so many on, the list of what was let go is looked through. */
const sweepFrom = 256;

/**
 * Keeps the objects that were used last, and knows all others that the program still holds: as long as an object
 * lives, there is no second one for the same resource, and events change the one that the program has. So memory is
 * bounded by the capacity and by what the program keeps itself. An object that somebody listens to is never let go.
 */
export class ObjectCache<T extends Cached> {
  /** Least recently used first: a Map keeps the order in which keys were added. */
  readonly #recent = new Map<string, T>();
  readonly #others = new Map<string, T | WeakRef<T>>();
  readonly #capacity: number;
  #sweepAt = sweepFrom;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(sid: string): T | undefined {
    const object = this.#recent.get(sid) ?? alive(this.#others.get(sid));
    if (object) this.add(object);
    return object;
  }

  /** Adds the object, or marks it as used. */
  add(object: T): void {
    const { sid } = object;
    this.#others.delete(sid);
    this.#recent.delete(sid);
    this.#recent.set(sid, object);
    if (this.#recent.size <= this.#capacity) return;
    for (const oldest of this.#recent.values()) {
      this.#recent.delete(oldest.sid);
      this.#letGo(oldest);
      break;
    }
  }

  delete(sid: string): void {
    this.#recent.delete(sid);
    this.#others.delete(sid);
  }

  /** All that live, in no order. */
  values(): T[] {
    const others = [...this.#others.values()].flatMap((held) => alive(held) ?? []);
    return [...this.#recent.values(), ...others];
  }

  #letGo(object: T): void {
    const kept = hold(object);
    if (kept) this.#others.set(object.sid, kept);
    if (this.#others.size < this.#sweepAt) return;
    for (const [sid, held] of this.#others) {
      const other = alive(held);
      const still = other && hold(other);
      if (still) this.#others.set(sid, still);
      else this.#others.delete(sid);
    }
    this.#sweepAt = Math.max(sweepFrom, 2 * this.#others.size);
  }
}

/** Engines without weak references (old React Native) know no more of what was let go. */
function hold<T extends Cached>(object: T): T | WeakRef<T> | undefined {
  if (object.listenerCount() > 0) return object;
  return typeof WeakRef === 'undefined' ? undefined : new WeakRef(object);
}

function alive<T extends Cached>(held: T | WeakRef<T> | undefined): T | undefined {
  return held && 'deref' in held ? held.deref() : held;
}
