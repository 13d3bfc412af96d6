import type { ErrorCode } from '@colloquy/protocol';
import { type Refusal, refuse } from '../refusal.ts';

/**
 * The refusal of what comes too often. It says after how many whole seconds it may come again, which REST shows as
 * `Retry-After` and the realtime API as `retryAfter`.
 *
 * @param wait milliseconds
 */
export function tooMany(code: ErrorCode, wait: number): Refusal {
  return refuse(code, { retryAfter: Math.max(1, Math.ceil(wait / 1000)) });
}

/** The number of seconds of such a refusal. */
export function retryAfterOf({ holes }: Refusal): number | undefined {
  const { retryAfter } = holes;
  return typeof retryAfter === 'number' ? retryAfter : undefined;
}
