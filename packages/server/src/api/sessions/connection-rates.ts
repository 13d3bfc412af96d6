import type { Clock } from '../../core/clock.ts';
import { Pace } from '../../core/rates/pace.ts';
import type { RateLimits } from '../../core/rates/rate-limits.ts';
import { tooMany } from '../../core/rates/too-many.ts';
import type { SessionApi } from '../../telemetry/watch.ts';

/** Somebody who has no place now may come back after so long; those who have one seldom leave within a second. */
const retryForPlace = 5000;

interface Connecting {
  readonly api: SessionApi;
  /** See `Caller`. */
  readonly mostOfUser: number;
}

/** Lets clients connect, and send requests, as many and as often as the limits say. */
export class ConnectionRates {
  readonly #places: number;
  /** By connection: its API and whose it is. */
  readonly #connected = new Map<object, string>();
  /** How many connections a user has, by API and user. */
  readonly #own = new Map<string, number>();
  /** Closed connections, whose connect request may still be under way. */
  readonly #gone = new WeakSet<object>();
  readonly #coming: Pace | undefined;
  readonly #each: Pace | undefined;
  readonly #all: Pace | undefined;

  constructor(clock: Clock, limits: RateLimits) {
    this.#places = limits.connections || Number.POSITIVE_INFINITY;
    if (limits.newConnections) this.#coming = new Pace(clock, limits.newConnections);
    if (limits.connectionRequests) this.#each = new Pace(clock, limits.connectionRequests);
    if (limits.accountRequests) this.#all = new Pace(clock, limits.accountRequests);
  }

  /**
   * For a caller whose token is good.
   *
   * @param user names the user of the token
   * @throws Refusal 51001, 51126 or 51201
   */
  connect(caller: Connecting, user: string): void {
    if (this.#connected.size >= this.#places) throw tooMany(51001, retryForPlace);
    const key = `${caller.api} ${user}`;
    const own = this.#own.get(key) ?? 0;
    if (own >= caller.mostOfUser) throw tooMany(51126, retryForPlace);
    const wait = this.#coming?.take('') ?? 0;
    if (wait > 0) throw tooMany(51201, wait);
    if (this.#gone.has(caller)) return;
    this.#connected.set(caller, key);
    this.#own.set(key, own + 1);
  }

  /** The caller is gone, or never came in. */
  leave(caller: Connecting): void {
    this.#gone.add(caller);
    const key = this.#connected.get(caller);
    if (key === undefined) return;
    this.#connected.delete(caller);
    const left = (this.#own.get(key) ?? 0) - 1;
    if (left > 0) this.#own.set(key, left);
    else this.#own.delete(key);
  }

  /** For each request of a connected caller. @throws Refusal 51128 or 51129 */
  request({ id }: { readonly id: string }): void {
    const wait = this.#each?.take(id) ?? 0;
    if (wait > 0) throw tooMany(51128, wait);
    const waitOfAll = this.#all?.take('') ?? 0;
    if (waitOfAll > 0) throw tooMany(51129, waitOfAll);
  }
}
