import type { FailureKind, Overrides } from './overrides.ts';

/** Retries after the first attempt, where the URL does not say: about 20 minutes of them. */
export const defaultRetries = 10;
/**
 * A delivery that is older is not tried again. However long it waits for its first attempt, as while its origin is down or
 * this server is, that one is made: otherwise the receiver would never have been asked.
 */
export const keptTrying = 24 * 60 * 60 * 1000;
/** For an attempt, in milliseconds, where the URL does not say. */
export const defaultTimeout = 15_000;

const longestWait = 15 * 60 * 1000;

/** What came of an attempt: the status of the answer, or why there was none. */
export type Result = { status: number } | { failure: 'connection' | 'timeout' | 'lost' | 'final' };

export function isDelivered(result: Result): boolean {
  return 'status' in result && result.status >= 200 && result.status < 300;
}

/**
 * After how many attempts a delivery is given up when the last one came to that. Where the process died, nobody knows
 * whether anything was sent, so that does not count as one of the retries that the URL allows; but it has to end when
 * the delivery itself is what the process dies of.
 */
export function attemptsFor(result: Result, { retries = defaultRetries }: Overrides): number {
  const lost = 'failure' in result && result.failure === 'lost';
  return 1 + (lost ? 2 * defaultRetries : retries);
}

/** May a failed attempt be made again, as far as what came of it goes? */
export function mayRetry(result: Result, { retryOn }: Overrides): boolean {
  if ('failure' in result) {
    switch (result.failure) {
      case 'final':
        return false;
      // Nobody knows how far it got: the process died.
      case 'lost':
        return true;
      default:
        return retryOn?.has(result.failure) ?? true;
    }
  }
  const kind = kindOf(result.status);
  if (!kind) return false;
  return retryOn?.has(kind) ?? (kind === '5xx' || result.status === 429);
}

function kindOf(status: number): FailureKind | undefined {
  if (status >= 500) return '5xx';
  return status >= 400 ? '4xx' : undefined;
}

/**
 * Exponential, from a second on, with jitter in the upper half: those that failed together do not come back together.
 *
 * @param attempt the one that failed, from 1
 * @param random from 0 to 1
 * @param retryAfter what the receiver asked for in `Retry-After`
 * @returns milliseconds
 */
export function waitAfter(attempt: number, random: number, retryAfter?: string): number {
  const base = Math.min(longestWait, 1000 * 2 ** attempt);
  const wait = Math.floor(base / 2 + (random * base) / 2);
  const asked = retryAfter !== undefined && /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : 0;
  return Math.max(wait, Math.min(asked, longestWait));
}
