/** Devices that the official package registers are notified. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, makeToken, type Server } from '@colloquy/server';
import official, { type ClientOptions } from '@twilio/conversations';
import twilio from 'twilio';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openPushServices, type PushServices, type Received } from '../../packages/server/src/testing/push-services.ts';
import { settled } from '../sdk/operations/settled.ts';

const credentials = {
  accountSid: `AC${'a'.repeat(32)}`,
  authToken: 'the auth token of these tests ...',
  apiKeySid: `SK${'b'.repeat(32)}`,
  apiKeySecret: 'the API key secret of these tests',
};

const directory = mkdtempSync(join(tmpdir(), 'colloquy-official-push-'));
let services: PushServices;
let server: Server;
let url: string;
let service: string;
let identities = 0;
const clients: official.Client[] = [];
beforeAll(async () => {
  services = await openPushServices({ now: Date.now, at: () => () => {} });
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
    credentials,
    credentialsFile: join(directory, 'credentials.json'),
  };
  server = await createServer(config, { pushCa: services.ca });
  ({ url } = await server.listen());
  service = (await rest().configuration().fetch()).defaultChatServiceSid;
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => settled(client).then(() => client.shutdown())));
});
afterAll(async () => {
  await server.close();
  await services.close();
  rmSync(directory, { recursive: true });
});

function rest() {
  const client = twilio(credentials.accountSid, credentials.authToken);
  client.conversations.baseUrl = url;
  return client.conversations.v1;
}

async function connect(identity: string, pushCredential?: string): Promise<official.Client> {
  const grant = { identity, service, ...(pushCredential !== undefined && { pushCredential }) };
  const twilsock = { uri: `${url.replace('http', 'ws')}/v3/wsconnect` };
  const client = await official.Client.create(await makeToken(credentials, grant, Date.now()), {
    twilsock,
  } as ClientOptions);
  clients.push(client);
  return client;
}

/** Somebody whom nobody knows yet, and the devices on which he is notified. */
function someone() {
  identities += 1;
  const identity = `ann ${identities}`;
  const devices = async () => {
    const bindings = await rest()
      .services(service)
      .bindings.list({ identity: [identity] });
    return bindings.map(({ bindingType, endpoint }) => `${bindingType} ${endpoint}`).sort();
  };
  return { identity, devices };
}

const apple = 'ab'.repeat(32);
const fcm = () => rest().credentials.create({ type: 'fcm', secret: services.serviceAccount });
const apn = () => {
  const { certificate, key } = services.app;
  return rest().credentials.create({ type: 'apn', certificate, privateKey: key });
};

test('A device is among the bindings until it is unset, or removed by its name.', async () => {
  const { identity, devices } = someone();
  const client = await connect(identity, (await fcm()).sid);
  await client.setPushRegistrationId('fcm', 'device-1');
  expect(await devices()).toEqual(['fcm device-1']);
  const [binding] = await rest()
    .services(service)
    .bindings.list({ identity: [identity] });
  expect(binding?.messageTypes).toEqual(['new_message', 'added_to_conversation', 'removed_from_conversation']);
  await client.unsetPushRegistrationId('fcm');
  expect(await devices()).toEqual([]);
  await client.setPushRegistrationId('fcm', 'device-2');
  await client.removePushRegistrations('fcm', 'device-2');
  expect(await devices()).toEqual([]);
  await client.removePushRegistrations('fcm', 'nobody knows this');
});

test('A device that cannot be registered does not keep the app waiting, and is not notified.', async () => {
  const { identity, devices } = someone();
  const client = await connect(identity);
  await client.setPushRegistrationId('fcm', 'device-3');
  await client.setPushRegistrationId('fcm', 'no device is called so');
  expect(await devices()).toEqual([]);
  await client.unsetPushRegistrationId('fcm');
  const other = await connect(identity, (await fcm()).sid);
  await other.setPushRegistrationId('apn', apple);
  await other.removePushRegistrations('apn', apple);
  expect(await devices()).toEqual([]);
});

test('A message is on the devices of who is in the conversation, as the package reads it.', async () => {
  const { identity } = someone();
  const [android, iphone] = [await connect(identity, (await fcm()).sid), await connect(identity, (await apn()).sid)];
  await android.setPushRegistrationId('fcm', 'device-4');
  await iphone.setPushRegistrationId('apn', apple);
  await rest().services(service).configuration.notifications().update({ 'newMessage.enabled': true });
  const { sid } = await rest().conversations.create({ friendlyName: 'Lunch' });
  await rest().conversations(sid).participants.create({ identity });
  const message = await rest().conversations(sid).messages.create({ author: 'chef', body: 'Soup is on.' });
  await Promise.all([services.fcm.arrivals(1), services.apns.arrivals(1)]);
  const [{ body: sent }] = services.fcm.received as [Received];
  const { token, data } = sent.message;
  const [{ path, body }] = services.apns.received as [Received];
  expect([token, path]).toEqual(['device-4', `/3/device/${apple}`]);
  const expected = {
    type: 'twilio.conversations.new_message',
    body: expect.stringContaining('Soup is on.'),
    data: { conversationSid: sid, conversationTitle: 'Lunch', messageSid: message.sid, messageIndex: 0 },
  };
  expect(android.parsePushNotification({ data })).toMatchObject(expected);
  expect(iphone.parsePushNotification(body)).toMatchObject(expected);
});
