/** Attempts after which what goes to a provider is given up. Throttled and paused ones do not count. */
export const maxAttempts = 12;
const longestBackoff = 15 * 60 * 1000;

/**
 * Exponential backoff with full jitter: those that failed together do not come back together.
 *
 * @param attempt the one that failed, from 1
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function backoff(attempt: number, random: number): number {
  return Math.floor(random * Math.min(longestBackoff, 2000 * 2 ** attempt));
}
