import type { WebhookReply, WebhookRequest } from '../channel.ts';
import type { TwilioConfig } from './config.ts';
import { readInbound } from './inbound.ts';
import { readSigned, repeatRules } from './signature.ts';
import { readStatusForm } from './statuses.ts';

/** The query parameter by which a report names the delivery that it is about. */
const deliveryParameter = 'delivery';

/** Where Twilio reports what becomes of a message. */
export function statusUrl(webhookUrl: string, deliveryId: string): string {
  return `${webhookUrl}?${new URLSearchParams({ [deliveryParameter]: deliveryId })}${repeatRules}`;
}

/** Where Twilio brings what people write. */
export function inboundUrl(webhookUrl: string): string {
  return webhookUrl + repeatRules;
}

/** @param now in milliseconds */
export function answerWebhook(config: TwilioConfig, request: WebhookRequest, now: number): WebhookReply {
  if (request.method !== 'POST') return refused(405, 'Set the method of the webhook to POST.');
  const form = readSigned(config.authToken, {
    url: request.url,
    contentType: request.headers['content-type'],
    signature: request.headers['x-twilio-signature'],
    body: request.body,
  });
  if (!form) return refused(403, 'This is not signed with the auth token for this URL.');
  const account = form.get('AccountSid');
  if (account !== null && account !== config.accountSid) return refused(403, 'This is about another account.');
  if (form.has('MessageStatus')) {
    return { status: 204, events: readStatusForm(form, request.query.get(deliveryParameter), now) };
  }
  // Twilio takes the answer for what to do next: nothing.
  const headers = { 'content-type': 'text/xml; charset=utf-8' };
  return { status: 200, headers, body: '<Response/>', events: readInbound(form, now) };
}

function refused(status: number, reason: string): WebhookReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: reason, events: [] };
}
