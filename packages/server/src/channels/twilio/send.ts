import { type SendRequest, textOf } from '../message.ts';
import type { TwilioConfig } from './config.ts';
import { templateIn } from './plan.ts';
import { statusUrl } from './webhook.ts';

/**
 * The parameters of a message. Source: Twilio, "Message resource".
 *
 * @param webhookUrl null: Twilio cannot report, and is asked
 */
export function formOf(request: SendRequest, config: TwilioConfig, webhookUrl: string | null): URLSearchParams {
  const { sender, recipient, parts, data, deliveryId } = request;
  const form = new URLSearchParams({ To: recipient, From: sender });
  if (config.messagingServiceSid) form.set('MessagingServiceSid', config.messagingServiceSid);
  const template = templateIn(data);
  if (template) {
    form.set('ContentSid', template.contentSid);
    form.set('ContentVariables', JSON.stringify(template.variables));
  } else {
    const text = textOf(parts);
    if (text !== '') form.set('Body', text);
    for (const part of parts) if (part.kind === 'media' && part.url !== null) form.append('MediaUrl', part.url);
  }
  if (webhookUrl !== null) form.set('StatusCallback', statusUrl(webhookUrl, deliveryId));
  if (config.validityPeriod !== undefined) form.set('ValidityPeriod', String(config.validityPeriod));
  if (config.smartEncoded) form.set('SmartEncoded', 'true');
  return form;
}
