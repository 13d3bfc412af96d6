import type { Bus, Commit, Signal } from '../bus.ts';
import { Listeners } from '../listeners.ts';

/** The bus of a single process, whose commits come one after the other. */
export function memoryBus(onError: (error: unknown) => void): Bus {
  const commits = new Listeners<Commit>(onError);
  const signals = new Listeners<Signal>(onError);
  return {
    publish: (commit) => commits.tell(commit),
    subscribe: (listener) => commits.add(listener),
    signal: (signal) => signals.tell(signal),
    onSignal: (listener) => signals.add(listener),
  };
}
