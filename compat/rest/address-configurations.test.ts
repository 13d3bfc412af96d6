import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiClient } from './api-client.ts';
import { operationsOn } from './description.ts';
import { accountSid, authToken, ownNumbers, type RunningServer, runServer } from './running-server.ts';
import { below, refusal } from './scopes.ts';

let server: RunningServer;
let addresses: ApiClient['v1']['addressConfigurations'];
beforeAll(async () => {
  server = await runServer();
  addresses = server.api.v1.addressConfigurations;
});
afterAll(() => server.stop());

const [shop = '', office = ''] = ownNumbers;
const flow = `FW${'1'.repeat(32)}`;

test('An address is configured, fetched by SID and by address, updated and removed.', async () => {
  const service = await server.api.v1.services.create({ friendlyName: 'Leads' });
  const created = await addresses.create({
    type: 'sms',
    address: shop,
    friendlyName: 'Shop',
    addressCountry: 'US',
    'autoCreation.enabled': true,
    'autoCreation.type': 'webhook',
    'autoCreation.conversationServiceSid': service.sid,
    'autoCreation.webhookUrl': 'https://example.com',
    'autoCreation.webhookMethod': 'post',
    'autoCreation.webhookFilters': ['onParticipantAdded', 'onMessageAdded'],
  });
  expect(server.api.last.status).toBe(201);
  expect(created).toMatchObject({
    type: 'sms',
    address: shop,
    friendlyName: 'Shop',
    addressCountry: 'US',
    autoCreation: {
      enabled: true,
      type: 'webhook',
      conversation_service_sid: service.sid,
      webhook_url: 'https://example.com',
      webhook_method: 'POST',
      webhook_filters: ['onParticipantAdded', 'onMessageAdded'],
    },
    url: `${server.url}/v1/Configuration/Addresses/${created.sid}`,
  });
  for (const ref of [created.sid, shop]) expect(await addresses(ref).fetch()).toMatchObject({ sid: created.sid });
  const updated = await addresses(shop).update({
    friendlyName: 'Flow',
    'autoCreation.enabled': false,
    'autoCreation.type': 'studio',
    'autoCreation.studioFlowSid': flow,
    'autoCreation.studioRetryCount': 3,
  });
  expect(updated).toMatchObject({
    sid: created.sid,
    friendlyName: 'Flow',
    autoCreation: {
      enabled: false,
      type: 'studio',
      conversation_service_sid: service.sid,
      studio_flow_sid: flow,
      studio_retry_count: 3,
    },
  });
  expect(await addresses(shop).remove()).toBe(true);
  await expect(addresses(created.sid).fetch()).rejects.toMatchObject(refusal(20404, 404));
});

test('Addresses of all types are listed, together and by type.', async () => {
  const all = [
    ['sms', office],
    ['whatsapp', `whatsapp:${office}`],
    ['messenger', 'messenger:4711'],
    ['gbm', 'gbm:shop'],
    ['email', 'shop@example.com'],
    ['rcs', 'rcs:shop'],
    ['apple', 'urn:mbid:AQAAYyUbut6E4B3T9FLv5EbG'],
    ['chat', 'site'],
  ] as const;
  for (const [type, address] of all) await addresses.create({ type, address });
  const listed = await addresses.list();
  expect(listed.map(({ type, address }) => [type, address])).toEqual(all);
  expect(listed[0]?.autoCreation).toEqual({ enabled: false, type: 'default' });
  for (const [type, address] of all) {
    expect(await addresses.list({ type })).toMatchObject([{ type, address }]);
  }
  expect(await addresses('shop@example.com').fetch()).toMatchObject({ type: 'email' });
});

test('What is not allowed is refused with the code of the contract.', async () => {
  const create = (parameters: object) => expect(addresses.create(parameters as never)).rejects;
  await create({ type: 'sms', address: office }).toMatchObject(refusal(20409, 409));
  await create({ type: 'sms', address: 'nonsense' }).toMatchObject(refusal(20422));
  await create({ type: 'fax', address: shop }).toMatchObject(refusal(20422));
  await create({ type: 'sms', address: shop, 'autoCreation.type': 'webhook' }).toMatchObject(refusal(20001));
  await create({ type: 'sms', address: shop, friendlyName: 'x'.repeat(257) }).toMatchObject(refusal(50003));
});

test('A text to such an address makes a conversation.', async () => {
  await addresses.create({ type: 'sms', address: shop, 'autoCreation.enabled': true, 'autoCreation.type': 'default' });
  const response = await fetch(`${server.url}/v1/x/sandbox/phones/+12025550150/messages`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ to: shop, body: 'Is this the shop?' }),
  });
  const { conversationSid } = (await response.json()) as { conversationSid: string };
  const conversation = server.api.v1.conversations(conversationSid);
  expect(await conversation.messages.list()).toMatchObject([{ author: '+12025550150', body: 'Is this the shop?' }]);
  expect(await conversation.participants.list()).toMatchObject([
    { messagingBinding: { type: 'sms', address: '+12025550150', proxy_address: shop } },
  ]);
});

test('Every described operation on addresses was driven.', () => {
  const operations = operationsOn(below('/Configuration/Addresses(/{Sid})?'));
  expect(operations).toHaveLength(5);
  expect(server.api.driven).toEqual(expect.arrayContaining(operations));
});
