import { createHmac } from 'node:crypto';
import { SendFailure } from '../../delivery/http/send-failure.ts';
import type { Check, SenderHost } from '../channel.ts';
import { asObject, asObjects } from '../json.ts';
import type { WhatsAppConfig } from './config.ts';
import { readError } from './errors.ts';
import { asText, Graph, type GraphAnswer } from './graph.ts';
import { phoneAddress } from './people.ts';

const numberFields =
  'display_phone_number,verified_name,quality_rating,throughput,status,platform_type,messaging_limit_tier';

/**
 * Asks Meta for the number, and whether the account reports to the app. The proof goes along, which only the secret of
 * the token's own app makes: a wrong app secret would else be noticed when the first message does not come in.
 */
export async function checkWhatsApp(config: WhatsAppConfig, host: SenderHost, signal: AbortSignal): Promise<Check> {
  const graph = new Graph(host.outgoing, config);
  const proof = createHmac('sha256', config.appSecret).update(config.accessToken).digest('hex');
  try {
    const number = await graph.get(config.phoneNumberId, { fields: numberFields, appsecret_proof: proof }, signal);
    const address = phoneAddress(number.body?.['display_phone_number']);
    if (number.status >= 300) return { ok: false, reason: reasonOf('the phone number', number) };
    if (address === undefined) {
      return {
        ok: false,
        reason: `Meta does not say which number ${config.phoneNumberId} is: is it the phone number ID?`,
      };
    }
    const apps = await graph.get(`${config.businessAccountId}/subscribed_apps`, { appsecret_proof: proof }, signal);
    if (apps.status >= 300) return { ok: false, reason: reasonOf('the WhatsApp Business account', apps) };
    const subscribed = asObjects(apps.body?.['data']).length > 0;
    return {
      ok: true,
      addresses: [address],
      notes: [...notesOf(number, config), ...(subscribed ? [] : [unsubscribed])],
    };
  } catch (error) {
    if (!(error instanceof SendFailure)) throw error;
    return { ok: false, reason: `Meta could not be asked: ${error.message}` };
  }
}

const unsubscribed =
  'No app is subscribed to the account, so nothing that people write will arrive: see "Subscribe the app" in the guide.';

function notesOf({ body }: GraphAnswer, { phoneNumberId }: WhatsAppConfig): string[] {
  const name = asText(body?.['verified_name']);
  const quality = asText(body?.['quality_rating']);
  const throughput = asText(asObject(body?.['throughput'])?.['level']);
  const tier = asText(body?.['messaging_limit_tier']);
  const status = asText(body?.['status']);
  return [
    ...(name ? [`People see the name ${name}.`] : []),
    ...(quality && quality !== 'UNKNOWN' ? [`Quality of the number: ${quality}.`] : []),
    ...(throughput ? [`Throughput: ${throughput}.`] : []),
    ...(tier ? [`Messaging limit: ${tier}.`] : []),
    ...(status && status !== 'CONNECTED'
      ? [`The number ${phoneNumberId} is ${status}, not CONNECTED: it cannot send.`]
      : []),
  ];
}

function reasonOf(what: string, { status, body }: GraphAnswer): string {
  const error = readError(body?.['error']);
  if (error?.message.includes('appsecret_proof')) {
    return 'The app secret is not that of the app that the access token was made for.';
  }
  if (error?.code === 190) return `Meta refuses the access token: ${error.message}`;
  return `Meta does not show ${what}: ${error ? `${error.code}: ${error.message}` : `status ${status}`}`;
}
