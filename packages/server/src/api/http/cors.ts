import { requestIdHeader } from './request-id.ts';

/** Says that an answer is that of an earlier request with the same `Idempotency-Key`. */
export const replayedHeader = 'Idempotency-Replayed';

export type Method = 'GET' | 'POST' | 'DELETE';

/**
 * The headers that let browsers call the API, which the contract describes for every operation. A page needs the
 * credentials in its own hands: with this origin no browser adds any that it has stored.
 */
export function corsHeaders(methods: readonly (Method | 'HEAD')[]): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': allowed(methods),
    'Access-Control-Allow-Headers': 'Content-Type, Authorization, Idempotency-Key',
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': `${requestIdHeader}, ${replayedHeader}, Retry-After`,
  };
}

/** As the Allow header lists them. */
export function allowed(methods: readonly (Method | 'HEAD')[]): string {
  return [...methods, 'OPTIONS'].join(', ');
}
