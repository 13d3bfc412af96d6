import type { Client, ClientEvents, ColloquyError } from '@colloquy/client';
import { listen } from './listen.ts';

/**
 * - `loading`: not here yet
 * - `ready`
 * - `failed`: `error` says why; it is tried again when the client connects again
 */
export type Status = 'loading' | 'ready' | 'failed';

export interface Loading {
  readonly status: Status;
  /** Of what was tried last; null when it worked. */
  readonly error: ColloquyError | null;
}

/** Something that is loaded from the server, and anew on occasion. */
export interface Loader {
  status: Status;
  error: ColloquyError | null;
  /** The attempt that counts, until it is over, however it ends. */
  underWay: Promise<void> | null;
  /** Begins anew; what is under way counts no more. */
  load(): Promise<void>;
  /** Forgets all. */
  reset(): void;
}

/** @param take gets the result, in the turn in which it arrives */
export function newLoader<T>(changed: () => void, fetch: () => Promise<T>, take: (result: T) => void): Loader {
  let attempt = 0;
  const loader: Loader = {
    status: 'loading',
    error: null,
    underWay: null,
    load() {
      loader.reset();
      const mine = attempt;
      const over = (status: Status, error: ColloquyError | null, then = () => {}) => {
        if (mine !== attempt) return;
        loader.status = status;
        loader.error = error;
        loader.underWay = null;
        then();
        changed();
      };
      loader.underWay = fetch().then(
        (result) => over('ready', null, () => take(result)),
        (error: ColloquyError) => over('failed', error),
      );
      changed();
      return loader.underWay;
    },
    reset() {
      attempt += 1;
      loader.status = 'loading';
      loader.error = loader.underWay = null;
    },
  };
  return loader;
}

/** Loads now, and again whenever the client connects after a failure. @returns what ends it */
export function keepLoaded(client: Client, loader: Loader): () => void {
  loader.load();
  const stop = listen<ClientEvents>(client, {
    connectionStateChanged: (state) => {
      if (state === 'connected' && loader.status === 'failed') loader.load();
    },
  });
  return () => {
    stop();
    loader.reset();
  };
}
