/** Posts to the other side, signed, and again under the rules in the URL. */
import { randomUUID } from 'node:crypto';
import { signForm } from './signature.ts';

export interface Posted {
  /** Of the last answer; null when there was none. */
  status: number | null;
  attempts: number;
  body: string;
}

/** `rc` is how often more, `rp` after what: 4xx, 5xx, ct (no connection), rt (no answer), all. */
interface Rules {
  repeats: number;
  after: ReadonlySet<string>;
}

/** Without rules Twilio tries once more when there was no connection. Source: "Webhooks connection overrides". */
export function rulesOf(url: string): Rules {
  const rules = new URLSearchParams(new URL(url).hash.slice(1));
  const repeats = Math.min(5, Math.max(0, Number(rules.get('rc') ?? 1) || 0));
  return { repeats, after: new Set((rules.get('rp') ?? 'ct').split(',')) };
}

/**
 * @param fallback tried once when the first URL failed in the end
 * @returns what came of the last try
 */
export async function postSigned(
  token: string,
  url: string,
  form: URLSearchParams,
  fallback?: string,
): Promise<Posted> {
  const { repeats, after } = rulesOf(url);
  // The same over all tries.
  const idempotency = randomUUID();
  let last: Posted = { status: null, attempts: 0, body: '' };
  for (let attempt = 1; attempt <= repeats + 1; attempt += 1) {
    last = { ...(await post(token, url, form, idempotency)), attempts: attempt };
    const failure = failureOf(last.status);
    if (failure === undefined) return last;
    if (!after.has('all') && !after.has(failure)) break;
  }
  if (!fallback) return last;
  const other = await post(token, fallback, form, idempotency);
  return { ...other, attempts: last.attempts + 1 };
}

function failureOf(status: number | null): string | undefined {
  if (status === null) return 'ct';
  if (status >= 500) return '5xx';
  return status >= 400 ? '4xx' : undefined;
}

async function post(token: string, url: string, form: URLSearchParams, idempotency: string) {
  const target = url.replace(/#.*$/s, '');
  try {
    const answer = await fetch(target, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
        'I-Twilio-Idempotency-Token': idempotency,
        'X-Twilio-Signature': signForm(token, target, form),
        'User-Agent': 'TwilioProxy/1.1',
      },
      body: form.toString(),
      redirect: 'manual',
      signal: AbortSignal.timeout(15_000),
    });
    return { status: answer.status, body: await answer.text() };
  } catch {
    return { status: null, body: '' };
  }
}
