/** A clock that also wakes. Milliseconds since 1970. */
export interface Scheduler {
  now(): number;
  /**
   * Runs a task once the time has come, but not within this call. Does not keep the process alive.
   *
   * @returns a function that calls it off
   */
  at(time: number, task: () => void): () => void;
}

/** What simulators go by unless they are given another. */
export const systemClock: Scheduler = {
  now: () => Date.now(),
  at: (time, task) => {
    const timer = setTimeout(task, Math.max(0, time - Date.now()));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
