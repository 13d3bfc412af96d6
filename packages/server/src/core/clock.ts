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

export const systemClock: Scheduler = {
  now: () => Date.now(),
  at: (time, task) => {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const left = time - Date.now();
      timer = setTimeout(left > longestTimer ? arm : task, Math.min(Math.max(left, 0), longestTimer));
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};
