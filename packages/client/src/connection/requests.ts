import type { RealtimeMethod, RealtimeMethods, RpcFailure, RpcSuccess } from '@colloquy/protocol';
import { abortable, type CallOptions } from '../call-options.ts';
import { type ColloquyError, fromRpc, libraryError } from '../errors.ts';
import type { Timers } from '../timers.ts';

/** What is undefined is left out of the frame. */
type Optional<P> = { [K in keyof P]: object extends Pick<P, K> ? P[K] | undefined : P[K] };
export type Params<M extends RealtimeMethod> = Optional<RealtimeMethods[M]['params']>;
export type Result<M extends RealtimeMethod> = RealtimeMethods[M]['result'];

/** The server knows a repeated change by its key for a day; in milliseconds, with an hour to spare. */
export const keyLastsFor = 23 * 60 * 60 * 1000;

interface Pending {
  frameText: string;
  /** Till when it may be sent again. */
  sendBefore: number;
  /** Means nothing to a later connection: not sent again, but settled with nothing. */
  fleeting: boolean;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * The requests that wait for an answer. They outlive the socket: what was not answered is sent again on the next one,
 * in the same order. That is safe since every request either reads, or may be repeated, or carries a key by which
 * the server knows it again.
 */
export class Requests {
  #lastId = 0;
  /** Why nothing can be asked. */
  endedBy: ColloquyError | undefined;
  #write: ((frame: string) => void) | undefined;
  readonly #pending = new Map<number, Pending>();
  readonly #clock: Pick<Timers, 'now'>;

  constructor(clock: Pick<Timers, 'now'>) {
    this.#clock = clock;
  }

  send<M extends RealtimeMethod>(
    method: M,
    params: Params<M>,
    options: CallOptions = {},
    fleeting = false,
  ): Promise<Result<M>> {
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => {
      if (this.endedBy) throw this.endedBy;
      // Not even begun; `abortable` says so.
      if (options.signal?.aborted) return;
      if (fleeting && !this.#write) return resolve({});
      const frame = frameOf(id, method, params);
      const until = 'key' in params ? this.#clock.now() + keyLastsFor : Number.POSITIVE_INFINITY;
      this.#pending.set(id, { frameText: frame, sendBefore: until, fleeting, resolve, reject });
      this.#write?.(frame);
    });
    return abortable(answer as Promise<Result<M>>, options, () => this.#pending.delete(id));
  }

  /** A connection is there: what waits goes out, unless it might be done a second time by now. */
  sendOn(write: (frame: string) => void): void {
    this.#write = write;
    for (const [id, { frameText, sendBefore }] of this.#pending) {
      if (this.#clock.now() < sendBefore) write(frameText);
      else this.#take(id)?.reject(libraryError(106));
    }
  }

  /** The connection is gone. */
  holdBack(): void {
    this.#write = undefined;
    for (const [id, { fleeting }] of this.#pending) if (fleeting) this.#take(id)?.resolve({});
  }

  /** There will be no connection: what waits fails, and so does whatever comes. */
  end(error: ColloquyError): void {
    this.endedBy = error;
    for (const id of this.#pending.keys()) this.#take(id)?.reject(error);
  }

  onAnswer(answer: RpcSuccess | RpcFailure): void {
    const request = this.#take(answer.id as number);
    if ('error' in answer) request?.reject(fromRpc(answer.error));
    else request?.resolve(answer.result);
  }

  #take(id: number): Pending | undefined {
    const request = this.#pending.get(id);
    this.#pending.delete(id);
    return request;
  }
}

let origin: string | undefined;
/** Begins where numbers have eight digits, to the base of 36. */
let made = 36 ** 7;

/**
 * A key under which the server recognises a repeated request: 104 random bits of where it was made, and a number. Keys of
 * one origin sort in the order they were made, so that the server writes them side by side.
 */
export function newKey(): string {
  // Only to be unlike others of the same user within a day, not secret; React Native has no `crypto` for more.
  origin ??= `${Math.random()}${Math.random()}`;
  return `${origin}-${(made++).toString(36)}`;
}

export function frameOf(id: number | string, method: RealtimeMethod | 'connect', params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}
