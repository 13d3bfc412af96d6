/** The clock and the timers of a client; tests put their own in place. */
export interface Timers {
  /** Milliseconds; only differences are used. */
  now(): number;
  /** Calls back once, after that many milliseconds. @returns what `clear` takes */
  set(callback: () => void, ms: number): unknown;
  /** Stops one. */
  clear(timer: unknown): void;
}

export const systemTimers: Timers = {
  now: () => Date.now(),
  set: (callback, ms) => setTimeout(callback, ms),
  clear: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};
