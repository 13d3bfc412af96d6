import type { Scheduler } from '@colloquy/server';

/**
 * The system's time, so many times as fast: minutes that things wait for pass in seconds.
 *
 * @param since from when on, in milliseconds since 1970; the same in all processes
 */
export function hastenedClock(since: number, speed: number): Scheduler {
  const now = () => since + (Date.now() - since) * speed;
  return {
    now,
    at: (time, task) => {
      const timer = setTimeout(task, Math.max(0, Math.min((time - now()) / speed, 2 ** 31 - 1)));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
