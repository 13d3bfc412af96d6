import type { Parameter } from '../../core/webhooks/parameters/parameter.ts';
import { visibleUrl } from '../../core/webhooks/url.ts';
import type { OutgoingRequest } from '../http/outgoing.ts';
import { signatureOf } from './signature.ts';

/** Where a webhook is called. */
export interface WebhookTarget {
  /** As configured. */
  url: string;
  method: 'GET' | 'POST';
}

/** What the hosted service calls itself: receivers and the walls in front of them may let nobody else in. */
const userAgent = 'TwilioProxy/1.1';

/**
 * The signed request that tells a webhook of an event: a form, or the same in the query (behaviour reference, section
 * 11.3).
 *
 * @param token the same for all attempts of one delivery, so that the receiver can tell a repetition
 */
export function webhookRequest(
  { url, method }: WebhookTarget,
  parameters: readonly Parameter[],
  { authToken, token }: { authToken: string; token: string },
): Pick<OutgoingRequest, 'url' | 'method' | 'headers' | 'body'> {
  const [address = ''] = url.split('#', 1);
  const fields = new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString();
  const common = { 'user-agent': userAgent, 'i-twilio-idempotency-token': token };
  if (method === 'GET') {
    const target = `${address}${address.includes('?') ? '&' : '?'}${fields}`;
    const headers = { ...common, 'x-twilio-signature': signatureOf(authToken, visibleUrl(target)) };
    return { url: target, method, headers };
  }
  return {
    url: address,
    method,
    headers: {
      ...common,
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'x-twilio-signature': signatureOf(authToken, visibleUrl(address), parameters),
    },
    body: fields,
  };
}
