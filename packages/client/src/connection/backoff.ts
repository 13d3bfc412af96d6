/** Bounds of the wait before a new attempt, in milliseconds. */
const first = 1000;
const longest = 30_000;

/**
 * How long to wait after so many failures in a row (0: the first): anything between nothing and a bound that doubles,
 * drawn evenly, so that the clients of a server that went away do not all come back at once ("full jitter").
 */
export function backoff(failures: number): number {
  return Math.random() * Math.min(longest, first * 2 ** failures);
}
