import type { SendFailure } from '../delivery/http/send-failure.ts';
import type { SendResult } from './message.ts';

/** Of these it is certain that nobody got the request. */
const beforeSending =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|.*CERT.*)$/;

/** What a send came to that got no answer: where a part of it may have arrived, nobody knows. */
export function outcomeWithoutAnswer({ kind, message }: SendFailure): Exclude<SendResult, { outcome: 'accepted' }> {
  const error = { code: kind, message };
  const nothingSent = kind === 'blocked' || (kind === 'connection' && beforeSending.test(message));
  return nothingSent ? { outcome: 'rejected', error: { kind: 'temporary', ...error } } : { outcome: 'unknown', error };
}
