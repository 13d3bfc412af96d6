/** A clock that also wakes. Milliseconds since 1970. */
export interface Scheduler {
  now(): number;
  /**
   * Runs a task once the time has come, but not within this call.
   *
   * @returns a function that calls it off
   */
  at(time: number, task: () => void): () => void;
}
