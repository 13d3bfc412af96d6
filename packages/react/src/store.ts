import { useSyncExternalStore } from 'react';

/** What a store shows, and how it comes to know it. */
export interface Model<T> {
  /** The present state. What was given once is never changed. */
  snapshot(): T;
  /** Begins to listen and to load. @returns what ends it, and forgets what is not true for ever */
  start(): () => void;
}

/** @param changed to be called when there is another snapshot */
export type MakeModel<K, A extends unknown[], T> = (changed: () => void, object: K, ...args: A) => Model<T>;

/** A value outside of React. All components that show it share one, and with it one subscription. */
export interface Store<T> {
  get(): T;
  subscribe(listener: () => void): () => void;
}

/** The model runs from the first subscriber to the last. */
function createStore<T>(make: (changed: () => void) => Model<T>): Store<T> {
  const listeners = new Set<() => void>();
  const model = make(changed);
  let value = model.snapshot();
  let stop: (() => void) | undefined;
  let isDue = false;

  // Many changes in one turn, such as a page of events, make one snapshot.
  function changed(): void {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      if (!stop) return;
      value = model.snapshot();
      for (const listener of listeners) listener();
    });
  }

  function end(): void {
    if (listeners.size || !stop) return;
    stop();
    stop = undefined;
    value = model.snapshot();
  }

  return {
    get: () => value,
    subscribe(listener) {
      listeners.add(listener);
      if (!stop) {
        stop = model.start();
        value = model.snapshot();
      }
      return () => {
        listeners.delete(listener);
        // Whoever takes over in the same turn, another page say, or the same in strict mode, finds it running.
        queueMicrotask(end);
      };
    },
  };
}

/** One store for each object and key, for as long as the object lives. */
export function storePer<K extends object, A extends unknown[], T>(
  make: MakeModel<K, A, T>,
  keyOf: (...args: A) => unknown = () => 0,
): (object: K, ...args: A) => Store<T> {
  const all = new WeakMap<K, Map<unknown, Store<T>>>();
  return (object, ...args) => {
    const stores = all.get(object) ?? new Map<unknown, Store<T>>();
    all.set(object, stores);
    const key = keyOf(...args);
    const store = stores.get(key) ?? createStore((changed) => make(changed, object, ...args));
    stores.set(key, store);
    return store;
  };
}

const nothing = () => () => {};

/** @param none what is shown on the server, while it is taken over in the browser, and without a store */
export function useStore<T>(store: Store<T> | null, none: T): T {
  const noneYet = () => none;
  return useSyncExternalStore(store?.subscribe ?? nothing, store?.get ?? noneYet, noneYet);
}
