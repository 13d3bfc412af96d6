import type { Clock } from '../../core/clock.ts';
import { Pace } from '../../core/rates/pace.ts';
import type { RateLimits } from '../../core/rates/rate-limits.ts';
import { tooMany } from '../../core/rates/too-many.ts';

/** Somebody who has no place now may come back after so long; those who have one seldom leave within a second. */
const retryForPlace = 5000;

/** Lets clients connect, and send requests, as many and as often as the limits say. */
export class ConnectionRates {
  readonly #places: number;
  readonly #connected = new Set<object>();
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

  /** For a caller whose token is good. @throws Refusal 51001 or 51201 */
  connect(caller: object): void {
    if (this.#connected.size >= this.#places) throw tooMany(51001, retryForPlace);
    const wait = this.#coming?.take('') ?? 0;
    if (wait > 0) throw tooMany(51201, wait);
    if (!this.#gone.has(caller)) this.#connected.add(caller);
  }

  /** The caller is gone, or never came in. */
  leave(caller: object): void {
    this.#gone.add(caller);
    this.#connected.delete(caller);
  }

  /** For each request of a connected caller. @throws Refusal 51128 or 51129 */
  request({ id }: { readonly id: string }): void {
    const wait = this.#each?.take(id) ?? 0;
    if (wait > 0) throw tooMany(51128, wait);
    const waitOfAll = this.#all?.take('') ?? 0;
    if (waitOfAll > 0) throw tooMany(51129, waitOfAll);
  }
}
