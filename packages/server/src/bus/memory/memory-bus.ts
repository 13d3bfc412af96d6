import type { Bus, Commit, Signal } from '../bus.ts';

/** The bus of a single process. A listener that throws does not keep the others from hearing. */
export function memoryBus(onError: (error: unknown) => void): Bus {
  const commits = new Set<(commit: Commit) => void>();
  const signals = new Set<(signal: Signal) => void>();

  function tell<T>(listeners: Set<(news: T) => void>, news: T): void {
    for (const listener of listeners) {
      try {
        listener(news);
      } catch (error) {
        onError(error);
      }
    }
  }
  function listen<T>(listeners: Set<(news: T) => void>, listener: (news: T) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    publish: (commit) => tell(commits, commit),
    subscribe: (listener) => listen(commits, listener),
    signal: (signal) => tell(signals, signal),
    onSignal: (listener) => listen(signals, listener),
  };
}
