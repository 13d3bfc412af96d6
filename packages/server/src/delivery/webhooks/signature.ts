import { createHmac } from 'node:crypto';
import type { Parameter } from '../../core/webhooks/parameters/parameter.ts';

/**
 * The value of `X-Twilio-Signature`: base64 of the HMAC-SHA1 of the URL and, of a form, every name and value, sorted by
 * name. Contract: "Webhooks Security"; behaviour reference, section 11.7.
 *
 * @param authToken the account's, whatever credentials the change was made with
 * @param url as the receiver sees it: see `visibleUrl`; with the parameters in its query when there is no form
 */
export function signatureOf(authToken: string, url: string, form: readonly Parameter[] = []): string {
  const values = Map.groupBy(form, ([name]) => name);
  const names = [...values.keys()].sort();
  const text = names.map((name) => {
    const distinct = new Set(values.get(name)?.map(([, value]) => value));
    return [...distinct]
      .sort()
      .map((value) => name + value)
      .join('');
  });
  return createHmac('sha1', authToken)
    .update(url + text.join(''), 'utf8')
    .digest('base64');
}
