import { makeToken } from '../api/tokens.ts';
import type { Config } from '../config/config.ts';
import { afterEvents } from '../core/webhooks/event-names.ts';
import { type OpenRest, openRest, testCredentials } from './open-rest.ts';
import { RawClient } from './raw-client.ts';
import { type ReceivedRequest, WebhookReceiver } from './webhook-receiver.ts';

export interface OpenWebhooks extends OpenRest {
  /** Where the server listens. */
  url: string;
  receiver: WebhookReceiver;
  /** The default service. */
  service: string;
  /** A connected client of an identity, who may do everything. */
  connect(identity: string): Promise<RawClient>;
  /** What the account's webhook was told of an event, as soon as it was: its nth request. */
  told(event: string, nth?: number): Promise<ReceivedRequest>;
}

/**
 * The whole server on a real port, and somebody who listens to its webhooks: the account's goes to `/account`, for all
 * events that come after a change.
 */
export async function openWebhooks(overrides: Partial<Config> = {}): Promise<OpenWebhooks> {
  const at = await openRest({ publicUrl: null, ...overrides });
  const receiver = await WebhookReceiver.open();
  const { url } = await at.server.listen();
  const { default_chat_service_sid: service } = await at.get('/v1/Configuration');
  await at.post('/v1/Configuration/Webhooks', {
    PostWebhookUrl: receiver.url('/account'),
    Filters: [...afterEvents],
  });
  const clients: RawClient[] = [];
  return {
    ...at,
    url,
    receiver,
    service,
    connect: async (identity) => {
      const client = await RawClient.open(url.replace('http', 'ws'));
      clients.push(client);
      const token = await makeToken(testCredentials, { identity, service }, at.clock.now());
      client.connected = await client.call('connect', { token });
      const { roles } = await at.get('/v1/Roles');
      const admin = roles.find((role: { friendly_name: string }) => role.friendly_name === 'service admin');
      await at.post(`/v1/Users/${identity}`, { RoleSid: admin.sid });
      return client;
    },
    told: async (event, nth = 0) => {
      for (let count = 1; ; count += 1) {
        const received = await receiver.first(count, '/account');
        const ofEvent = received.filter(({ values }) => values['EventType'] === event);
        const found = ofEvent[nth];
        if (found) return found;
      }
    },
    discard: async () => {
      for (const client of clients) client.cut();
      await at.discard();
      await receiver.close();
    },
  };
}
