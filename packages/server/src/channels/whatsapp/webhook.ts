import type { WebhookReply, WebhookRequest } from '../channel.ts';
import { asObjects, type Json, readObject } from '../json.ts';
import { asText } from './graph.ts';
import { isSame, isSigned } from './signature.ts';

/** A part of a webhook that is about one phone number. */
export interface Change {
  field: string;
  /** The WhatsApp Business Account. */
  account: string | undefined;
  /** Meta's id of the number; undefined for what is about the account. */
  phoneNumberId: string | undefined;
  value: Json;
}

/** Source: "Create a webhook endpoint" of the platform. Meta wants its challenge back, as plain text. */
export function handshake({ query }: WebhookRequest, verifyToken: string): WebhookReply {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  const challenge = query.get('hub.challenge') ?? '';
  const right = query.get('hub.mode') === 'subscribe' && isSame(query.get('hub.verify_token') ?? '', verifyToken);
  if (!right) return { status: 403, headers, body: 'The verify token is not the one of this sender.', events: [] };
  if (!/^[\w.~-]{1,256}$/.test(challenge)) return { status: 400, headers, body: 'There is no challenge.', events: [] };
  return { status: 200, headers, body: challenge, events: [] };
}

/** The changes in a request that Meta made, all of them, in their order; or what to answer one that is not Meta's. */
export function readChanges({ body, headers }: WebhookRequest, appSecret: string): Change[] | WebhookReply {
  if (!isSigned(body, headers['x-hub-signature-256'], appSecret)) {
    return { status: 401, body: 'The signature is not one that the app secret of this sender makes.', events: [] };
  }
  const posted = readObject(body.toString());
  if (!posted) return { status: 400, body: 'The body is no JSON object.', events: [] };
  if (posted['object'] !== 'whatsapp_business_account') return [];
  return asObjects(posted['entry']).flatMap((entry) =>
    asObjects(entry['changes']).flatMap(({ field, value }) =>
      asObjects([value]).map((one) => ({
        field: asText(field) ?? '',
        account: asText(entry['id']),
        phoneNumberId: asText(asObjects([one['metadata']])[0]?.['phone_number_id']),
        value: one,
      })),
    ),
  );
}
