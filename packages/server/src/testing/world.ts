import type { Sid } from '@colloquy/protocol';
import { registerDevice } from '../core/push/bindings.ts';
import { connectUser } from '../core/users/actions.ts';
import { testAccount } from './open-core.ts';
import { authorization, type OpenRest } from './open-rest.ts';

/**
 * One of everything that a path can name, by the name of its collection; `new` and `number` are a name and a phone
 * number that nobody has.
 */
export type World = Record<string, string>;

export interface More {
  /** Where the server listens, since files are only taken from real connections; without it there is none. */
  url?: string;
  /** A number of the sandbox, which somebody outside chat is reached by; without it there is no receipt. */
  proxy?: string;
}

let planted = 0;

/**
 * Makes a service, and one of everything in it or in the default service. Deliveries and outbox work come of what goes
 * on in the background: of these there are only names that nothing has.
 */
export async function plantWorld(at: OpenRest, inDefaultService: boolean, more: More = {}): Promise<World> {
  const { url, proxy } = more;
  planted += 1;
  const name = `world ${planted}`;
  const { sid: named } = await at.post('/v1/Services', { FriendlyName: name });
  const base = inDefaultService ? '/v1' : `/v1/Services/${named}`;
  const { sid: conversation, chat_service_sid: service } = await at.post(`${base}/Conversations`, { UniqueName: name });
  const inside = `${base}/Conversations/${conversation}`;
  const { sid: participant } = await at.post(`${inside}/Participants`, { Identity: name });
  const number = (offset: number) => `+1202555${String(1000 + planted * 2 + offset).padStart(4, '0')}`;
  if (proxy !== undefined) {
    await at.post(`${inside}/Participants`, {
      'MessagingBinding.Address': number(0),
      'MessagingBinding.ProxyAddress': proxy,
    });
  }
  const { sid: message } = await at.post(`${inside}/Messages`, { Body: 'x' });
  const { delivery_receipts: receipts } = await at.get(`${inside}/Messages/${message}/Receipts`);
  const { sid: role } = await at.post(`${base}/Roles`, {
    FriendlyName: name,
    Type: 'conversation',
    Permission: 'sendMessage',
  });
  const { sid: webhook } = await at.post(`${inside}/Webhooks`, {
    Target: 'webhook',
    'Configuration.Url': 'https://hooks.example.com/',
    'Configuration.Filters': 'onMessageAdded',
  });
  const { sid: credential } = await at.post('/v1/Credentials', { Type: 'gcm', ApiKey: 'x' });
  const { sid: content } = (
    await at.server.inject({
      method: 'POST',
      url: '/v1/Content',
      headers: { authorization: authorization.byAccount },
      payload: { language: 'en', types: { 'twilio/text': { body: 'Hello {{1}}' } } },
    })
  ).json();
  const { sid: sender } = (
    await at.server.inject({
      method: 'POST',
      url: '/v1/x/senders',
      headers: { authorization: authorization.byAccount },
      payload: { ...unreachableSender, addresses: [`+1202556${String(1000 + planted).padStart(4, '0')}`] },
    })
  ).json();
  const { sid: address } = await at.post('/v1/Configuration/Addresses', { Type: 'sms', Address: number(0) });
  return {
    Services: inDefaultService ? named : service,
    Conversations: conversation,
    Participants: participant,
    Messages: message,
    Roles: role,
    Users: name,
    Webhooks: webhook,
    Credentials: credential,
    Addresses: address,
    Bindings: await plantDevice(at, named, name, credential),
    Receipts: receipts[0]?.sid ?? `DY${'0'.repeat(32)}`,
    Media: url === undefined ? `ME${'0'.repeat(32)}` : await upload(url, service),
    Content: content,
    conversations: conversation,
    messages: message,
    senders: sender,
    phones: '+12025550199',
    outbox: 'none',
    'webhook-deliveries': 'none',
    service,
    name,
    new: `new ${planted}`,
    number: number(1),
  };
}

/** Nobody answers there. */
export const unreachableSender = {
  type: 'twilio',
  check: false,
  config: { accountSid: `AC${'3'.repeat(32)}`, authToken: 'simulated', apiUrl: 'http://127.0.0.1:9' },
} as const;

async function upload(url: string, service: string): Promise<string> {
  const headers = { authorization: authorization.byAccount, 'content-type': 'text/plain' };
  const answer = await fetch(`${url}/v1/Services/${service}/Media`, { method: 'POST', headers, body: 'x' });
  return ((await answer.json()) as { sid: string }).sid;
}

/** Of somebody who is in no conversation, so that nothing is sent to it. */
export async function plantDevice(
  { server: { core } }: OpenRest,
  service: string,
  identity: string,
  credential: string,
) {
  const account = { kind: 'account', account: testAccount } as const;
  const user = await core.run(connectUser, account, { service, identity: `device of ${identity}` });
  const actor = {
    kind: 'user',
    account: testAccount,
    service: service as Sid<'IS'>,
    user: user.sid as Sid<'US'>,
    identity: user.identity,
  } as const;
  const input = { type: 'gcm', token: `token-${identity.replaceAll(' ', '-')}`, credential } as const;
  const { sid } = await core.run(registerDevice, actor, input);
  return sid;
}
