import type { Scheduler } from '../../core/clock.ts';

/** Failures in a row after which an origin counts as down. */
const downAfter = 5;
/** So many requests at a time find out whether it is back. */
const probes = 4;
/** Requests at a time to one that is not down. */
const perOrigin = 64;
/** How long one more waits for its place, in milliseconds, before the origin counts as stuck. */
const patience = 1000;
/** After how long those that have no place come back, in milliseconds. */
const away = 5000;
/** And at what distance, so that it costs little however many they are. */
const distance = 10;
const awayAtMost = 15 * 60 * 1000;

interface Health {
  failures: number;
  underWay: number;
  stuck: boolean;
  waiting: Set<(comeBack: number | undefined) => void>;
  /** When the last one that was sent away comes back. */
  lastBack: number;
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

  /**
   * Asks for a place. An origin that is merely busy is waited for.
   *
   * @returns undefined when there is one: then `end` has to follow. Otherwise the time to ask again
   */
  begin(origin: string): Promise<number | undefined> {
    const health = this.#origins.get(origin) ?? newHealth();
    if (hasRoom(health)) {
      health.underWay += 1;
      this.#origins.set(origin, health);
      return Promise.resolve(undefined);
    }
    if (isDown(health) || health.stuck) return Promise.resolve(this.#sendAway(health));
    return new Promise((resolve) => {
      const tell = (comeBack: number | undefined) => {
        callOff();
        health.waiting.delete(tell);
        resolve(comeBack);
      };
      const callOff = this.#clock.at(this.#clock.now() + patience, () => {
        health.stuck = true;
        tell(this.#sendAway(health));
      });
      health.waiting.add(tell);
    });
  }

  /** @param answered undefined: it was called off, which says nothing about the origin */
  end(origin: string, answered: boolean | undefined): void {
    const health = this.#origins.get(origin);
    if (!health) return;
    health.underWay -= 1;
    if (answered !== undefined) health.failures = answered ? 0 : health.failures + 1;
    health.stuck = false;
    for (const tell of health.waiting) {
      if (!hasRoom(health)) break;
      health.underWay += 1;
      tell(undefined);
    }
    if (health.failures === 0 && health.underWay === 0) this.#origins.delete(origin);
  }

  #sendAway(health: Health): number {
    const now = this.#clock.now();
    health.lastBack = Math.min(Math.max(health.lastBack + distance, now + away), now + awayAtMost);
    return health.lastBack;
  }
}

function newHealth(): Health {
  return { failures: 0, underWay: 0, stuck: false, waiting: new Set(), lastBack: 0 };
}

function isDown({ failures }: Health): boolean {
  return failures >= downAfter;
}

function hasRoom(health: Health): boolean {
  return health.underWay < (isDown(health) ? probes : perOrigin);
}
