import type { ProviderError } from '../../channels/message.ts';

/** What is noted of an attempt that did not succeed, and kept with work that is put back or buried. */
export interface Mishap {
  kind: ProviderError['kind'] | 'unknown' | 'expired' | 'no-channel' | 'paused';
  code: string;
  message: string;
}

/** The process that sent it ended, or hangs. */
export const leaseExpired = {
  kind: 'unknown',
  code: 'lease-expired',
  message: 'The process that sent it ended before it had the answer.',
} as const satisfies Mishap;

export function mishapOf({ kind, code, message }: ProviderError): Mishap {
  return { kind, code, message };
}

/**
 * As it stays with the work. The doubt outlives what happens afterwards, a pause or a busy provider: until the provider
 * has the piece, an attempt that nobody knows the outcome of may have arrived.
 */
export function noteOf(mishap: Mishap, doubt: number | null): string {
  return JSON.stringify({ ...mishap, ...(doubt !== null && { doubt }) });
}

/** The piece whose outcome is unknown. */
export function doubtIn(lastError: string | null): number | null {
  return lastError === null ? null : ((JSON.parse(lastError) as { doubt?: number }).doubt ?? null);
}
