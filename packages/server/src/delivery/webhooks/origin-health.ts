import type { Scheduler } from '../../core/clock.ts';

/** Failures in a row after which an origin counts as down. */
const downAfter = 5;
/** So many requests at a time find out whether it is back. */
const probes = 4;
/** Requests at a time to one that is not down. */
const perOrigin = 64;
/** How long one more waits for its place, in milliseconds, before the origin counts as stuck. */
const patience = 1000;

interface Health {
  failures: number;
  underWay: number;
  stuck: boolean;
  waiting: Set<(admitted: boolean) => void>;
}

/**
 * Keeps an endpoint that does not answer from taking all the hands there are: each of its requests lasts as long as
 * the time-out, and other endpoints would wait for them.
 */
export class OriginHealth {
  readonly #clock: Scheduler;
  readonly #origins = new Map<string, Health>();

  constructor(clock: Scheduler) {
    this.#clock = clock;
  }

  /** False: not now. Otherwise `end` has to follow. An origin that is merely busy is waited for. */
  begin(origin: string): Promise<boolean> {
    const health = this.#origins.get(origin) ?? { failures: 0, underWay: 0, stuck: false, waiting: new Set() };
    if (hasRoom(health)) {
      health.underWay += 1;
      this.#origins.set(origin, health);
      return Promise.resolve(true);
    }
    if (isDown(health) || health.stuck) return Promise.resolve(false);
    return new Promise((resolve) => {
      const tell = (admitted: boolean) => {
        callOff();
        health.waiting.delete(tell);
        resolve(admitted);
      };
      const callOff = this.#clock.at(this.#clock.now() + patience, () => {
        health.stuck = true;
        tell(false);
      });
      health.waiting.add(tell);
    });
  }

  end(origin: string, answered: boolean): void {
    const health = this.#origins.get(origin);
    if (!health) return;
    health.underWay -= 1;
    health.failures = answered ? 0 : health.failures + 1;
    health.stuck = false;
    for (const tell of health.waiting) {
      if (!hasRoom(health)) break;
      health.underWay += 1;
      tell(true);
    }
    if (health.failures === 0 && health.underWay === 0) this.#origins.delete(origin);
  }
}

function isDown({ failures }: Health): boolean {
  return failures >= downAfter;
}

function hasRoom(health: Health): boolean {
  return health.underWay < (isDown(health) ? probes : perOrigin);
}
