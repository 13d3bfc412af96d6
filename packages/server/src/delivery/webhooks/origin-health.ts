/** Failures in a row after which an origin counts as down. */
const downAfter = 5;
/** So many requests at a time find out whether it is back. */
const probes = 4;

interface Health {
  failures: number;
  underWay: number;
}

/**
 * Keeps an endpoint that does not answer from taking all the hands there are: each of its requests lasts as long as
 * the time-out, and other endpoints would wait for them.
 */
export class OriginHealth {
  readonly #origins = new Map<string, Health>();

  /** False: not now. Otherwise `end` has to follow. */
  begin(origin: string): boolean {
    const health = this.#origins.get(origin) ?? { failures: 0, underWay: 0 };
    if (health.failures >= downAfter && health.underWay >= probes) return false;
    health.underWay += 1;
    this.#origins.set(origin, health);
    return true;
  }

  end(origin: string, answered: boolean): void {
    const health = this.#origins.get(origin);
    if (!health) return;
    health.underWay -= 1;
    health.failures = answered ? 0 : health.failures + 1;
    if (health.failures === 0 && health.underWay === 0) this.#origins.delete(origin);
  }
}
