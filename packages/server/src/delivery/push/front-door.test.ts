import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeToken } from '../../api/tokens.ts';
import { createServer, type Server } from '../../server.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { authorization, testCredentials } from '../../testing/open-rest.ts';
import { openPushServices, type PushServices } from '../../testing/push-services.ts';
import { RawClient } from '../../testing/raw-client.ts';

const clock = new ManualClock();
let directory: string;
let services: PushServices;
let server: Server;
let url: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'colloquy-push-'));
  services = await openPushServices(clock);
  const config = {
    port: 0,
    host: '127.0.0.1',
    dataDir: directory,
    publicUrl: null,
    mode: 'production' as const,
    sandbox: 'off' as const,
    outgoingNetworks: [],
    preWebhook: { timeoutMs: 5000, onFailure: 'proceed' as const },
    push: services.hosts,
    logLevel: 'silent',
    credentials: testCredentials,
    credentialsFile: join(directory, 'credentials.json'),
  };
  server = await createServer(config, { clock, logger: pino({ level: 'silent' }), pushCa: services.ca });
  ({ url } = await server.listen());
});
afterEach(async () => {
  await server.close();
  await services.close();
  rmSync(directory, { recursive: true, force: true });
});

async function post(path: string, form: Record<string, string>) {
  const { origin } = new URL(url);
  const headers = { authorization: authorization.byAccount };
  const response = await fetch(`${origin}/v1${path}`, { method: 'POST', headers, body: new URLSearchParams(form) });
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as { sid: string; chat_service_sid: string };
}

test('A message that comes by REST is on the phone of somebody who registered it by the realtime API.', async () => {
  const { certificate, key } = services.app;
  const { sid: apn } = await post('/Credentials', {
    Type: 'apn',
    Certificate: certificate,
    PrivateKey: key,
    Sandbox: 'true',
  });
  const { sid: fcm } = await post('/Credentials', { Type: 'fcm', Secret: services.serviceAccount });
  const { chat_service_sid: service } = await post('/Conversations', { UniqueName: 'lunch' });
  await post(`/Services/${service}/Configuration/Notifications`, { 'NewMessage.Enabled': 'true' });
  await post('/Conversations/lunch/Participants', { Identity: 'ann' });
  const clients = [];
  for (const [type, pushCredential, token] of [
    ['apn', apn, 'ab'.repeat(32)],
    ['fcm', fcm, 'device'],
  ] as const) {
    const client = await RawClient.open(url.replace('http', 'ws'));
    const grant = { identity: 'ann', service, pushCredential };
    client.connected = await client.call('connect', { token: await makeToken(testCredentials, grant, clock.now()) });
    await client.call('push.register', { type, token });
    clients.push(client);
  }
  await post('/Conversations/lunch/Messages', { Author: 'chef', Body: 'Soup is on.' });
  await Promise.all([services.apns.arrivals(1), services.fcm.arrivals(1)]);
  expect(services.apns.received[0]?.body.aps.alert.body).toBe('lunch:chef: Soup is on.');
  expect(services.fcm.received[0]?.body.message.data.twi_body).toBe('lunch:chef: Soup is on.');
  for (const client of clients) client.cut();
});
