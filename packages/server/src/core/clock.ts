/** Where the time comes from; tests move theirs. Milliseconds since 1970. */
export interface Clock {
  now(): number;
}

/** A clock that also wakes. */
export interface Scheduler extends Clock {
  /**
   * Runs a task once the time has come; soon, but not within this call, when it has passed already. Does not
   * keep the process alive.
   *
   * @returns a function that calls it off
   */
  at(time: number, task: () => void): () => void;
}

/** Node's timers take 31 bits; what is further away is looked at again then. */
const longestTimer = 2 ** 31 - 1;

/** A scheduler with real timers, for what says what time it is. */
export function schedulerBy(now: () => number): Scheduler {
  return {
    now,
    at: (time, task) => {
      let timer: NodeJS.Timeout;
      const arm = () => {
        const left = time - now();
        timer = setTimeout(left > longestTimer ? arm : task, Math.min(Math.max(left, 0), longestTimer));
        timer.unref();
      };
      arm();
      return () => clearTimeout(timer);
    },
  };
}

export const systemClock: Scheduler = schedulerBy(() => Date.now());
