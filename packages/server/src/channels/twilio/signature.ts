import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The rules for webhooks that go in a URL's fragment: five more tries, whatever the failure was. Source: Twilio,
 * "Webhook connection overrides".
 */
export const repeatRules = '#rc=5&rp=all';

/** Far more than Twilio has: whoever posts is not known before all of them were put in order. */
const mostParameters = 1000;

export interface SignedRequest {
  /** As the provider called it. */
  url: string;
  contentType: string | undefined;
  signature: string | undefined;
  body: Buffer;
}

/**
 * What a post that Twilio signed says; undefined when Twilio did not sign it. API keys do not sign, only the auth token.
 * Source: Twilio, "Webhooks security".
 */
export function readSigned(token: string, { url, contentType, signature, body }: SignedRequest) {
  if (signature === undefined) return undefined;
  const text = body.toString();
  if (/^application\/json\b/i.test(contentType ?? '')) {
    const hash = URL.canParse(url) ? new URL(url).searchParams.get('bodySHA256') : null;
    const actual = createHash('sha256').update(body).digest('hex');
    if (!same(hash?.toLowerCase() ?? '', actual) || !isSigned(token, url, '', signature)) return undefined;
    return fromJson(text);
  }
  if (text.split('&', mostParameters + 1).length > mostParameters) return undefined;
  const form = new URLSearchParams(text);
  return isSigned(token, url, parametersOf(form), signature) ? form : undefined;
}

/** Every name with its value, in the order of the names; a name that comes twice has its distinct values in order. */
function parametersOf(form: URLSearchParams): string {
  // One pass: whoever posts megabytes of names is not known yet, and must not cost their square.
  const values = new Map<string, Set<string>>();
  for (const [name, value] of form) values.set(name, (values.get(name) ?? new Set()).add(value));
  const names = [...values.keys()].sort();
  return names.flatMap((name) => [...(values.get(name) ?? [])].sort().map((value) => name + value)).join('');
}

/**
 * Whether the port is in the URL depends on who counts it, and the fragment, which is never sent, may be signed or not.
 */
function isSigned(token: string, url: string, parameters: string, signature: string): boolean {
  const ported = withAndWithoutPort(url);
  const candidates = [...ported, ...ported.map((one) => one + repeatRules)];
  // All of them: how long it takes does not say which one it was.
  const results = candidates.map((one) => {
    const expected = createHmac('sha1', token)
      .update(one + parameters)
      .digest('base64');
    return same(signature, expected);
  });
  return results.includes(true);
}

/** The path and the query stay as they were written. */
function withAndWithoutPort(url: string): string[] {
  const parts = /^(https?:\/\/)([^/?#]*)(.*)$/is.exec(url);
  if (!parts) return [url];
  const [, scheme = '', authority = '', rest = ''] = parts;
  const standard = scheme.toLowerCase() === 'https://' ? ':443' : ':80';
  const host = authority.replace(/:[0-9]+$/, '');
  return [...new Set([url, `${scheme}${host}${rest}`, `${scheme}${host}${standard}${rest}`])];
}

/** In a time that does not depend on where they differ. */
function same(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The same parameters as a form would have. */
function fromJson(text: string): URLSearchParams {
  const form = new URLSearchParams();
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null) return form;
    for (const [name, value] of Object.entries(body)) {
      if (typeof value === 'string' || typeof value === 'number') form.append(name, String(value));
    }
  } catch {
    // It is Twilio's, and says nothing that could be used.
  }
  return form;
}
