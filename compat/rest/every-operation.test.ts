import { generateKeyPairSync } from 'node:crypto';
import { Client } from '@colloquy/client';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from './api-client.ts';
import { type OpenApi, openApi, operationsOn } from './description.ts';
import { accountSid, apiKeySecret, apiKeySid, ownNumbers, type RunningServer, runServer } from './running-server.ts';
import { openScope, refusal, scopeNames } from './scopes.ts';

// Every operation of the contract in one world, with every parameter that it has. Each answer is judged on its way.
let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const [proxy = '', projected = ''] = ownNumbers;
const hook = 'https://hooks.example.com/';
const created = new Date('2024-01-02T03:04:05Z');
const dates = { dateCreated: created, dateUpdated: created };
const messagingServiceSid = `MG${'1'.repeat(32)}`;
const studioFlowSid = `FW${'1'.repeat(32)}`;
const filters: string[] = ['onMessageAdded'];
const asked = { xTwilioWebhookEnabled: 'true' } as const;
const gone = refusal(20404, 404);

const conversationFields = {
  ...asked,
  ...dates,
  friendlyName: 'Ride',
  messagingServiceSid,
  attributes: '{"a":1}',
  state: 'active',
  'timers.inactive': 'PT1H',
  'timers.closed': 'PT2H',
  'bindings.email.address': 'desk@example.com',
  'bindings.email.name': 'Desk',
} as const;

describe.each(scopeNames)('In %s', (name) => {
  let scope: Scope;
  /** A number that nobody else has. */
  let phone: string;
  beforeAll(async () => {
    ({ scope } = await openScope(server, name));
    phone = name === 'a named service' ? '+12025550180' : '+12025550181';
  });

  async function roleOf(type: 'conversation' | 'service') {
    const permission = type === 'conversation' ? ['sendMessage'] : ['joinConversation'];
    return scope.roles.create({ friendlyName: `own ${type}`, type, permission });
  }

  test('roles', async () => {
    const role = await roleOf('conversation');
    expect(await scope.roles(role.sid).fetch()).toMatchObject({ type: 'conversation' });
    const { permissions } = await scope.roles(role.sid).update({ permission: ['leaveConversation'] });
    expect(permissions).toEqual(['leaveConversation']);
    expect((await scope.roles.list({ pageSize: 1 })).length).toBeGreaterThan(1);
    expect(await scope.roles(role.sid).remove()).toBe(true);
    await expect(scope.roles(role.sid).fetch()).rejects.toMatchObject(gone);
  });

  test('users, and their conversations', async () => {
    const { sid: roleSid } = await roleOf('service');
    const fields = { ...asked, friendlyName: 'Ann', attributes: '{}', roleSid };
    const user = await scope.users.create({ identity: 'ann', ...fields });
    await scope.users.create({ identity: 'zoe' });
    expect(await scope.users('ann').fetch()).toMatchObject({ sid: user.sid, roleSid });
    expect(await scope.users(user.sid).update({ ...fields, friendlyName: 'Anna' })).toMatchObject({ identity: 'ann' });
    expect(await scope.users.list({ pageSize: 1 })).toHaveLength(2);

    const conversations = [await scope.conversations.create({}), await scope.conversations.create({})];
    const [{ sid } = { sid: '' }] = conversations;
    for (const one of conversations) await scope.conversations(one.sid).participants.create({ identity: 'ann' });
    await scope.conversations(sid).messages.create({ body: 'Hello' });
    const { userConversations } = scope.users('ann');
    expect(await userConversations.list({ pageSize: 1 })).toHaveLength(2);
    const changed = await userConversations(sid).update({
      notificationLevel: 'muted',
      lastReadMessageIndex: 0,
      lastReadTimestamp: created,
    });
    expect(changed).toMatchObject({ notificationLevel: 'muted', unreadMessagesCount: 0 });
    expect(await userConversations(sid).fetch()).toMatchObject({ conversationSid: sid });
    expect(await scope.participantConversations.list({ identity: 'ann', pageSize: 1 })).toHaveLength(2);
    expect(await userConversations(sid).remove()).toBe(true);
    await expect(userConversations(sid).fetch()).rejects.toMatchObject(gone);
    expect(await scope.users('ann').remove(asked)).toBe(true);
    await expect(scope.users(user.sid).fetch()).rejects.toMatchObject(gone);
  });

  test('conversations and their webhooks', async () => {
    const { sid } = await scope.conversations.create({ ...conversationFields, uniqueName: 'ride' });
    await scope.conversations.create(dates);
    const conversation = scope.conversations('ride');
    expect(await conversation.fetch()).toMatchObject({ sid, dateCreated: created, timers: expect.anything() });
    const updated = await conversation.update({ ...conversationFields, uniqueName: 'ride 2', state: 'inactive' });
    expect(updated).toMatchObject({ sid, uniqueName: 'ride 2', state: 'inactive' });
    const filter = { startDate: '2024-01-02', endDate: '2024-01-02' } as const;
    expect(await scope.conversations.list({ ...filter, pageSize: 1 })).toHaveLength(2);
    expect(await scope.conversations.list({ ...filter, state: 'inactive' })).toHaveLength(1);

    const { webhooks } = scope.conversations(sid);
    const configuration = { 'configuration.url': hook, 'configuration.method': 'get' } as const;
    const told = await webhooks.create({
      target: 'webhook',
      ...configuration,
      'configuration.filters': ['onMessageAdded'],
      'configuration.replayAfter': 0,
    });
    const trigger = await webhooks.create({ target: 'trigger', ...configuration, 'configuration.triggers': ['help'] });
    const studio = await webhooks.create({ target: 'studio', 'configuration.flowSid': studioFlowSid });
    await webhooks(told.sid).update({ ...configuration, 'configuration.filters': ['onMessageUpdated'] });
    await webhooks(trigger.sid).update({ 'configuration.triggers': ['stop'] });
    await webhooks(studio.sid).update({ 'configuration.flowSid': studioFlowSid });
    expect(await webhooks(told.sid).fetch()).toMatchObject({ configuration: { filters: ['onMessageUpdated'] } });
    expect(await webhooks.list({ pageSize: 1 })).toHaveLength(3);
    expect(await webhooks(told.sid).remove()).toBe(true);
    await expect(conversation.remove(asked)).rejects.toMatchObject(gone);
    expect(await scope.conversations(sid).remove(asked)).toBe(true);
  });

  test('participants, messages and receipts', async () => {
    const { sid: roleSid } = await roleOf('conversation');
    const { sid } = await scope.conversations.create({});
    const { participants, messages } = scope.conversations(sid);
    const common = { ...asked, ...dates, attributes: '{"b":2}', roleSid };
    const ann = await participants.create({ ...common, identity: 'ann' });
    const outside = await participants.create({
      ...common,
      'messagingBinding.address': phone,
      'messagingBinding.proxyAddress': proxy,
    });
    const other = await participants.create({
      'messagingBinding.address': `${phone.slice(0, -2)}7${phone.slice(-1)}`,
      'messagingBinding.proxyAddress': proxy,
    });
    const read = { lastReadMessageIndex: 0, lastReadTimestamp: '2024-01-02T03:04:05Z' };

    const fields = { ...asked, ...dates, author: 'ann', body: 'Hello', attributes: '[]', subject: 'Ride' };
    const message = await messages.create(fields);
    expect(await messages(message.sid).fetch()).toMatchObject({ index: 0, participantSid: ann.sid });
    expect(await messages(message.sid).update({ ...fields, body: 'Hello!' })).toMatchObject({ body: 'Hello!' });
    await messages.create({ body: 'Second' });
    const [last] = await messages.list({ order: 'desc', pageSize: 1 });
    expect(last).toMatchObject({ index: 1 });
    expect(await participants('ann').update({ ...common, ...read })).toMatchObject({ lastReadMessageIndex: 0 });

    const { deliveryReceipts } = messages(message.sid);
    const receipts = await deliveryReceipts.list({ pageSize: 1 });
    expect(receipts.map(({ participantSid }) => participantSid).sort()).toEqual([outside.sid, other.sid].sort());
    const [{ sid: receipt } = { sid: '' }] = receipts;
    expect(await deliveryReceipts(receipt).fetch()).toMatchObject({ messageSid: message.sid });

    const { sid: closed } = await scope.conversations.create({});
    const pair = { 'messagingBinding.address': phone, 'messagingBinding.proxyAddress': projected };
    await scope.conversations(closed).participants.create(pair);
    const found = await scope.participantConversations.list({ address: phone, pageSize: 1 });
    expect(found.map(({ conversationSid }) => conversationSid).sort()).toEqual([sid, closed].sort());
    await scope.conversations(closed).remove();

    expect(await participants(outside.sid).fetch()).toMatchObject({ messagingBinding: { proxy_address: proxy } });
    expect(await participants.list({ pageSize: 1 })).toHaveLength(3);
    expect(await messages(message.sid).remove(asked)).toBe(true);
    const moved = await participants(outside.sid).update({ 'messagingBinding.proxyAddress': projected });
    expect(moved).toMatchObject({ messagingBinding: { address: phone, proxy_address: projected } });
    for (const person of [outside, other]) expect(await participants(person.sid).remove(asked)).toBe(true);
    await expect(participants(outside.sid).fetch()).rejects.toMatchObject(gone);
  });

  test('participants of a group text', async () => {
    const { participants } = scope.conversations((await scope.conversations.create({})).sid);
    const member = await participants.create({ 'messagingBinding.projectedAddress': projected });
    const named = await participants(member.sid).update({ identity: 'desk' });
    expect(named).toMatchObject({ identity: 'desk', messagingBinding: { projected_address: projected } });
    const others = scope.conversations((await scope.conversations.create({})).sid).participants;
    const chat = await others.create({ identity: 'desk' });
    const added = await others(chat.sid).update({ 'messagingBinding.projectedAddress': projected });
    expect(added).toMatchObject({ messagingBinding: { projected_address: projected } });
  });

  test('a message made from a template, and one with a file', async () => {
    const { sid, chatServiceSid } = await scope.conversations.create({});
    const authorization = `Basic ${Buffer.from(`${apiKeySid}:${apiKeySecret}`).toString('base64')}`;
    const post = async (path: string, type: string, body: string) => {
      const headers = { authorization, 'content-type': type };
      const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers, body });
      return (await answer.json()) as { sid: string };
    };
    const types = { 'twilio/text': { body: 'Hello {{1}}' } };
    const template = await post('/v1/Content', 'application/json', JSON.stringify({ language: 'en', types }));
    const file = await post(`/v1/Services/${chatServiceSid}/Media?Filename=x.txt`, 'text/plain', 'the bytes');
    const { messages } = scope.conversations(sid);
    const filled = await messages.create({ contentSid: template.sid, contentVariables: '{"1":"Ann"}' });
    expect(filled).toMatchObject({ body: 'Hello Ann', contentSid: template.sid });
    const withFile = await messages.create({ mediaSid: file.sid });
    expect(withFile.media).toMatchObject([{ sid: file.sid, filename: 'x.txt', content_type: 'text/plain', size: 9 }]);
  });

  test('a conversation together with its participants', async () => {
    const { sid } = await scope.conversationWithParticipants.create({
      ...conversationFields,
      uniqueName: 'combined',
      participant: [JSON.stringify({ identity: 'ben' }), JSON.stringify({ identity: 'eve', attributes: '{}' })],
    });
    expect(server.api.last.status).toBe(202);
    // It says by itself when it is done.
    while ((await scope.conversations(sid).fetch()).state === 'initializing');
    const participants = await scope.conversations(sid).participants.list();
    expect(participants.map(({ identity }) => identity).sort()).toEqual(['ben', 'eve']);
    await scope.conversationWithParticipants.create({});
    expect(server.api.last.status).toBe(201);
  });
});

test('services, their configuration, what they notify of, their webhooks and devices', async () => {
  const { v1 } = server.api;
  const { sid } = await v1.services.create({ friendlyName: 'whole' });
  const service = v1.services(sid);
  expect(await service.fetch()).toMatchObject({ friendlyName: 'whole' });
  expect((await v1.services.list({ pageSize: 1 })).length).toBeGreaterThan(1);

  const configuration = await service.configuration().fetch();
  const { defaultConversationCreatorRoleSid, defaultConversationRoleSid, defaultChatServiceRoleSid } = configuration;
  const updated = await service.configuration().update({
    defaultConversationCreatorRoleSid,
    defaultConversationRoleSid,
    defaultChatServiceRoleSid,
    reachabilityEnabled: true,
  });
  expect(updated).toMatchObject({ reachabilityEnabled: true });

  const kind = (name: string) => ({ [`${name}.enabled`]: true, [`${name}.template`]: 'x', [`${name}.sound`]: 'x' });
  const notifications = service.configuration.notifications();
  expect(await notifications.fetch()).toMatchObject({ logEnabled: false });
  await notifications.update({
    logEnabled: true,
    ...kind('newMessage'),
    ...kind('addedToConversation'),
    ...kind('removedFromConversation'),
    'newMessage.badgeCountEnabled': true,
    'newMessage.withMedia.enabled': true,
    'newMessage.withMedia.template': 'x',
  });
  const webhooks = service.configuration.webhooks();
  expect(await webhooks.fetch()).toMatchObject({ filters: null });
  const urls = { preWebhookUrl: `${hook}before`, postWebhookUrl: `${hook}after`, method: 'POST' };
  expect(await webhooks.update({ ...urls, filters: ['onMessageAdded'] })).toMatchObject(urls);

  const credential = await v1.credentials.create({ type: 'fcm', secret: serviceAccount() });
  for (const identity of ['ann', 'ben']) await registerDevice(sid, identity, credential.sid);
  const devices = await service.bindings.list({ bindingType: ['fcm'], identity: ['ann', 'ben'], pageSize: 1 });
  const [{ sid: device } = { sid: '' }] = devices;
  expect(devices).toHaveLength(2);
  expect(await service.bindings(device).fetch()).toMatchObject({ credentialSid: credential.sid });
  expect(await service.bindings(device).remove()).toBe(true);
  expect(await service.remove()).toBe(true);
  await expect(service.fetch()).rejects.toMatchObject(gone);
});

function serviceAccount(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const client_email = 'push@chat.iam.gserviceaccount.com';
  return JSON.stringify({ type: 'service_account', project_id: 'chat', client_email, private_key });
}

/** As an app does it. */
async function registerDevice(serviceSid: string, identity: string, pushCredentialSid: string): Promise<void> {
  const token = new twilio.jwt.AccessToken(accountSid, apiKeySid, apiKeySecret, { identity });
  token.addGrant(new twilio.jwt.AccessToken.ChatGrant({ serviceSid, pushCredentialSid }));
  const client = await Client.create(token.toJwt(), { url: server.url });
  await client.setPushRegistrationId('fcm', `device-of-${identity}`);
  await client.shutdown();
}

test('the configuration of the account, its webhooks, addresses and credentials', async () => {
  const { v1 } = server.api;
  const { defaultChatServiceSid } = await v1.configuration().fetch();
  await v1.configuration().update({
    defaultChatServiceSid,
    defaultMessagingServiceSid: messagingServiceSid,
    defaultInactiveTimer: 'PT1H',
    defaultClosedTimer: 'PT2H',
  });
  const webhooks = v1.configuration.webhooks();
  const urls = { preWebhookUrl: `${hook}before`, postWebhookUrl: `${hook}after`, method: 'POST' };
  const change = { ...urls, target: 'webhook' } as const;
  expect(await webhooks.update({ ...change, filters: ['onUserAdded'] })).toMatchObject(change);
  expect(await webhooks.fetch()).toMatchObject({ filters: ['onUserAdded'] });

  const automatic = {
    friendlyName: 'Line',
    'autoCreation.enabled': true,
    'autoCreation.type': 'webhook',
    'autoCreation.conversationServiceSid': defaultChatServiceSid,
    'autoCreation.webhookUrl': hook,
    'autoCreation.webhookMethod': 'post',
    'autoCreation.webhookFilters': filters,
  } as const;
  const studio = {
    'autoCreation.type': 'studio',
    'autoCreation.studioFlowSid': studioFlowSid,
    'autoCreation.studioRetryCount': 3,
  } as const;
  const { addressConfigurations } = v1;
  const line = await addressConfigurations.create({ type: 'sms', address: proxy, addressCountry: 'US', ...automatic });
  const other = await addressConfigurations.create({ type: 'sms', address: projected, ...studio });
  expect(await addressConfigurations(proxy).fetch()).toMatchObject({ sid: line.sid });
  await addressConfigurations(line.sid).update(automatic);
  await addressConfigurations(other.sid).update(studio);
  expect(await addressConfigurations.list({ type: 'sms', pageSize: 1 })).toHaveLength(2);
  expect(await addressConfigurations(line.sid).remove()).toBe(true);

  const fcm = { type: 'fcm', friendlyName: 'Android', secret: serviceAccount() } as const;
  const { sid } = await v1.credentials.create(fcm);
  const gcm = await v1.credentials.create({ type: 'gcm', apiKey: 'x', sandbox: true });
  await v1.credentials(sid).update(fcm);
  await v1.credentials(gcm.sid).update({ apiKey: 'y', sandbox: false });
  expect(await v1.credentials(sid).fetch()).toMatchObject({ type: 'fcm' });
  expect((await v1.credentials.list({ pageSize: 1 })).length).toBeGreaterThan(1);
  expect(await v1.credentials(sid).remove()).toBe(true);
});

describe('After all that', () => {
  test('every operation of the contract was driven.', () => {
    const all = operationsOn(/./);
    expect(all).toHaveLength(103);
    expect(server.api.driven).toEqual(all);
  });

  // A certificate and its key are sent where the push services are tried, which need them for something.
  const elsewhere = new Set(['Certificate', 'PrivateKey']);

  test('every parameter of every operation was sent and accepted.', () => {
    const accepted = server.api.exchanges.filter(({ status }) => status < 400);
    const missing = Object.entries(openApi.paths).flatMap(([path, methods]) =>
      ['get', 'post', 'delete'].flatMap((method) => {
        const operation = methods[method];
        if (!operation) return [];
        const name = `${method.toUpperCase()} ${path}`;
        const form = operation.requestBody?.content['application/x-www-form-urlencoded']?.schema['properties'] ?? {};
        const named = (operation.parameters ?? []).filter((parameter) => parameter.in !== 'path');
        const sent = new Set(accepted.flatMap((exchange) => (exchange.operation === name ? exchange.sent : [])));
        return [...Object.keys(form), ...named.map((parameter) => parameter.name)]
          .filter((parameter) => !sent.has(parameter) && !elsewhere.has(parameter))
          .map((parameter) => `${name}: ${parameter}`);
      }),
    );
    expect(missing).toEqual([]);
  });

  test('every answer is as our own description says.', async () => {
    const ours = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi;
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema({ ...ours, $id: 'ours' });
    for (const { operation, status, body } of server.api.exchanges) {
      const [method = '', path = ''] = operation.split(' ');
      const responses = ours.paths[path]?.[method.toLowerCase()]?.responses ?? {};
      const outcome = status in responses ? String(status) : 'default';
      expect(outcome === 'default', `${operation} ${status}`).toBe(status >= 400);
      if (status === 204) continue;
      const steps = [
        'paths',
        path,
        method.toLowerCase(),
        'responses',
        outcome,
        'content',
        'application/json',
        'schema',
      ];
      const pointer = steps.map((step) => encodeURIComponent(step.replaceAll('/', '~1'))).join('/');
      const validate = ajv.getSchema(`ours#/${pointer}`);
      expect(validate?.(body) || validate?.errors, `${operation} ${status}`).toBe(true);
    }
  });
});
