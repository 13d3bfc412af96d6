import { aborted } from './errors.ts';

/** The last parameter of every call that may take a while. */
export interface CallOptions {
  /**
   * Ends the waiting: the call rejects with code 104. What has not left for the server never will; what has may be
   * carried out all the same.
   */
  signal?: AbortSignal | undefined;
}

/** @internal Waits for it, unless the caller loses interest before; then `withdraw` is called. */
export function abortable<T>(work: Promise<T>, { signal }: CallOptions = {}, withdraw?: () => void): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => {
      withdraw?.();
      reject(aborted(signal));
    };
    const forget = () => signal.removeEventListener('abort', abort);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
    work.then(resolve, reject).then(forget);
  });
}
