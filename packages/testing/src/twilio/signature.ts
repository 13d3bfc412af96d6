import { createHash, createHmac } from 'node:crypto';

/**
 * How Twilio signs what it posts: HMAC-SHA1 over the URL and, of a form, every name with its value in the order of
 * the names; a name that comes twice has its distinct values in their order. Source: Twilio, "Webhooks security".
 *
 * @param url without the fragment, which is not sent
 */
export function signForm(token: string, url: string, form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort();
  const values = (name: string) => [...new Set(form.getAll(name))].sort();
  const text = names.flatMap((name) => values(name).map((value) => name + value)).join('');
  return createHmac('sha1', token)
    .update(url + text)
    .digest('base64');
}

/** Of JSON the URL carries a hash of the body, and only the URL is signed. */
export function signJson(token: string, url: string, body: string): { url: string; signature: string } {
  const hash = createHash('sha256').update(body).digest('hex');
  const hashed = `${url}${url.includes('?') ? '&' : '?'}bodySHA256=${hash}`;
  return { url: hashed, signature: signForm(token, hashed, new URLSearchParams()) };
}
