import type { Bus, Commit } from '../bus.ts';

/** The bus of a single process. A listener that throws does not keep the others from hearing. */
export function memoryBus(onError: (error: unknown) => void): Bus {
  const listeners = new Set<(commit: Commit) => void>();
  return {
    publish: (commit) => {
      for (const listener of listeners) {
        try {
          listener(commit);
        } catch (error) {
          onError(error);
        }
      }
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
