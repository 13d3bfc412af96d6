import type { Http2Answer, Http2Failure } from './http2-client.ts';
import type { PushOutcome } from './sender.ts';

/** RFC 9110, section 10.2.3: seconds, or a date. Undefined when there is none that can be understood. */
export function retryAfter({ headers }: Http2Answer, now: number): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const waits = /^\d{1,6}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(waits) ? Math.max(waits, 0) : undefined;
}

/** Alerts of TLS (RFC 8446, section 6.2) by which a server refuses a certificate instead of answering. */
const certificateAlert =
  /^ERR_SSL_.*ALERT_(?:BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED)/;

/** Of a request without an answer. */
export function outcomeOfFailure(failure: Http2Failure): PushOutcome {
  const { code, message } = failure;
  if (certificateAlert.test(code)) {
    return { outcome: 'refused', error: { kind: 'credentials', code, message } };
  }
  return { outcome: 'later', everybody: true, error: { kind: 'temporary', code, message } };
}

/** Of an answer that says "not now". */
export function notNow(answer: Http2Answer, now: number, code: string, everybody: boolean): PushOutcome {
  const kind = answer.status === 429 ? 'throttle' : 'temporary';
  const message = `The push service answered ${answer.status}.`;
  return { outcome: 'later', everybody, retryAfterMs: retryAfter(answer, now), error: { kind, code, message } };
}

/** The body as JSON, if it is any. */
export function jsonOf(answer: Http2Answer): unknown {
  try {
    return JSON.parse(answer.body);
  } catch {
    return undefined;
  }
}
