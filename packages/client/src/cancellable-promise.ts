import { abortable, type CallOptions } from './call-options.ts';
import { aborted, libraryError } from './errors.ts';

const nothing = () => {};

/** A promise whose work can be given up. */
export class CancellablePromise<T> extends Promise<T> {
  readonly #cancel: () => void;

  /** As a promise is made. @param executor as that of a promise; what it gives to `onCancel` is called when the work is given up */
  constructor(
    executor: (
      resolve: (value: T | PromiseLike<T>) => void,
      reject: (reason?: unknown) => void,
      onCancel: (act: () => void) => void,
    ) => void,
  ) {
    let act = nothing;
    let fail: (reason: unknown) => void = nothing;
    super((resolve, reject) => {
      fail = reject;
      // What has ended cannot be given up.
      const ending =
        <V>(settle: (value: V) => void) =>
        (value: V) => {
          act = nothing;
          settle(value);
        };
      executor(ending(resolve), ending(reject), (given) => {
        act = given;
      });
    });
    this.#cancel = () => {
      act();
      fail(libraryError(104));
    };
  }

  /** Gives the work up: the promise rejects with code 104, unless it was settled before. */
  cancel(): this {
    this.#cancel();
    return this;
  }
}

/** @internal Work that ends by the caller's signal, or by `cancel`. */
export function cancellable<T>(
  work: (options: { signal: AbortSignal }) => Promise<T>,
  { signal }: CallOptions = {},
): CancellablePromise<T> {
  return new CancellablePromise((resolve, reject, onCancel) => {
    if (signal?.aborted) return reject(aborted(signal));
    const controller = new AbortController();
    const stop = () => controller.abort(signal?.reason);
    onCancel(stop);
    abortable(work(controller), { signal }, stop).then(resolve, reject);
  });
}
