import { generateKeyPairSync } from 'node:crypto';
import { Client } from '@colloquy/client';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationsOn } from './description.ts';
import { accountSid, apiKeySecret, apiKeySid, type RunningServer, runServer } from './running-server.ts';
import { refusal } from './scopes.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const serviceAccount = {
  type: 'service_account',
  project_id: 'chat',
  client_email: 'push@chat.iam.gserviceaccount.com',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
};
const secret = JSON.stringify(serviceAccount);

describe('Credentials', () => {
  test('are created, fetched, updated, listed and removed, and keep what they hold to themselves.', async () => {
    const { v1 } = server.api;
    const created = await v1.credentials.create({ type: 'fcm', friendlyName: 'Android', secret });
    expect(created).toMatchObject({
      accountSid,
      friendlyName: 'Android',
      type: 'fcm',
      sandbox: 'False',
      url: `${server.url}/v1/Credentials/${created.sid}`,
    });
    expect(JSON.stringify(server.api.last.body)).not.toContain('PRIVATE');
    expect(await v1.credentials(created.sid).fetch()).toMatchObject({ sid: created.sid, type: 'fcm' });
    const updated = await v1.credentials(created.sid).update({ type: 'fcm', friendlyName: 'Android 2', sandbox: true });
    expect(updated).toMatchObject({ sid: created.sid, friendlyName: 'Android 2', sandbox: 'True' });
    expect((await v1.credentials.list()).map(({ sid }) => sid)).toContain(created.sid);
    expect(await v1.credentials(created.sid).remove()).toBe(true);
    await expect(v1.credentials(created.sid).fetch()).rejects.toMatchObject(refusal(20404, 404));
  });

  test('may hold anything, as programs written for the hosted API have it; a long name is refused.', async () => {
    const { credentials } = server.api.v1;
    expect(await credentials.create({ type: 'apn' })).toMatchObject({ type: 'apn', sandbox: 'False' });
    const pair = { certificate: 'x', privateKey: 'y' };
    expect(await credentials.create({ type: 'apn', ...pair })).toMatchObject({ type: 'apn' });
    expect(await credentials.create({ type: 'fcm', secret: 'a server key' })).toMatchObject({ type: 'fcm' });
    const friendlyName = 'x'.repeat(65);
    await expect(credentials.create({ type: 'gcm', apiKey: 'x', friendlyName })).rejects.toMatchObject(refusal(50003));
  });
});

test('A device that the SDK registered is listed, fetched and removed.', async () => {
  const { v1 } = server.api;
  const { sid: serviceSid } = await v1.services.create({ friendlyName: 'devices' });
  const { bindings } = v1.services(serviceSid);
  const credential = await v1.credentials.create({ type: 'fcm', secret });
  const grant = new twilio.jwt.AccessToken.ChatGrant({ serviceSid, pushCredentialSid: credential.sid });
  const token = new twilio.jwt.AccessToken(accountSid, apiKeySid, apiKeySecret, { identity: 'ann' });
  token.addGrant(grant);
  const client = await Client.create(token.toJwt(), { url: server.url });
  await client.setPushRegistrationId('fcm', 'device-1');
  await client.setPushRegistrationId('fcm', 'device-2');
  await expect(client.setPushRegistrationId('apn', 'ab'.repeat(32))).rejects.toMatchObject({ code: 50209 });

  const [binding, ...others] = await bindings.list();
  expect(others).toEqual([]);
  const sid = binding?.sid ?? '';
  expect(binding).toMatchObject({
    chatServiceSid: serviceSid,
    credentialSid: credential.sid,
    endpoint: 'device-2',
    identity: 'ann',
    bindingType: 'fcm',
    messageTypes: ['new_message', 'added_to_conversation', 'removed_from_conversation'],
  });
  expect(await bindings(sid).fetch()).toMatchObject({
    sid,
    url: `${server.url}/v1/Services/${serviceSid}/Bindings/${sid}`,
  });
  expect(await bindings.list({ bindingType: ['fcm'], identity: ['ann', 'bob'] })).toHaveLength(1);
  expect(await bindings.list({ bindingType: ['apn'] })).toEqual([]);
  expect(await bindings(sid).remove()).toBe(true);
  await expect(bindings(sid).fetch()).rejects.toMatchObject(refusal(20404, 404));
  await client.setPushRegistrationId('fcm', 'device-3');
  await client.unsetPushRegistrationId('fcm');
  expect(await bindings.list()).toEqual([]);
  await client.shutdown();
});

test('What a service notifies of is read and set.', async () => {
  const { v1 } = server.api;
  const { sid } = await v1.services.create({ friendlyName: 'notifications' });
  const notifications = v1.services(sid).configuration.notifications();
  expect(await notifications.fetch()).toMatchObject({
    accountSid,
    chatServiceSid: sid,
    logEnabled: false,
    newMessage: { enabled: false, template: '', sound: '', badge_count_enabled: false },
  });
  const updated = await notifications.update({
    logEnabled: true,
    'newMessage.enabled': true,
    'newMessage.template': 'New message',
    'newMessage.sound': 'ding',
    'newMessage.badgeCountEnabled': true,
    'newMessage.withMedia.enabled': true,
    'newMessage.withMedia.template': 'Look',
    'addedToConversation.enabled': true,
    'addedToConversation.template': 'Added',
    'addedToConversation.sound': 'hello',
    'removedFromConversation.enabled': true,
    'removedFromConversation.template': 'Removed',
    'removedFromConversation.sound': 'bye',
  });
  expect(updated).toMatchObject({
    logEnabled: true,
    newMessage: {
      enabled: true,
      template: 'New message',
      sound: 'ding',
      badge_count_enabled: true,
      with_media: { enabled: true, template: 'Look' },
    },
    addedToConversation: { enabled: true, template: 'Added', sound: 'hello' },
    removedFromConversation: { enabled: true, template: 'Removed', sound: 'bye' },
  });
  expect(await notifications.fetch()).toMatchObject({ newMessage: updated.newMessage });
  const tooLong = { 'newMessage.template': 'x'.repeat(513) };
  await expect(notifications.update(tooLong)).rejects.toMatchObject(refusal(50058));
});

test('Every described operation on credentials, bindings and notifications was driven.', () => {
  const operations = operationsOn(/\/(Credentials(\/\{Sid\})?|Bindings(\/\{Sid\})?|Configuration\/Notifications)$/);
  expect(operations).toHaveLength(10);
  expect(server.api.driven).toEqual(expect.arrayContaining(operations));
});
