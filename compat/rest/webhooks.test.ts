import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiClient } from './api-client.ts';
import { operationsOn } from './description.ts';
import { authToken, type RunningServer, runServer } from './running-server.ts';
import { below, openScope, refusal, scopeNames } from './scopes.ts';

type Webhooks = ReturnType<ApiClient['v1']['conversations']>['webhooks'];

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const url = 'https://hooks.example.com/a';

test("The account's webhook is configured and fetched.", async () => {
  const webhooks = () => server.api.v1.configuration.webhooks();
  expect(await webhooks().fetch()).toMatchObject({ preWebhookUrl: null, postWebhookUrl: null });
  const filters = ['onMessageAdded', 'onUserAdded', 'onMessageSend'];
  const updated = await webhooks().update({ postWebhookUrl: url, method: 'POST', filters, target: 'webhook' });
  expect(updated).toMatchObject({
    postWebhookUrl: url,
    method: 'POST',
    filters,
    target: 'webhook',
    url: `${server.url}/v1/Configuration/Webhooks`,
  });
  expect((await webhooks().fetch()).toJSON()).toEqual(updated.toJSON());
  await expect(webhooks().update({ filters: ['onNothing'] })).rejects.toMatchObject(refusal(50054));
});

test("A service's webhook is configured and fetched.", async () => {
  const { sid } = await server.api.v1.services.create({ friendlyName: 'hooked' });
  const webhooks = () => server.api.v1.services(sid).configuration.webhooks();
  expect(await webhooks().fetch()).toMatchObject({ chatServiceSid: sid, postWebhookUrl: null, filters: null });
  const updated = await webhooks().update({ preWebhookUrl: url, method: 'GET', filters: ['onMessageAdd'] });
  expect(updated).toMatchObject({ preWebhookUrl: url, method: 'GET', filters: ['onMessageAdd'] });
  expect((await webhooks().fetch()).toJSON()).toEqual(updated.toJSON());
  await expect(webhooks().update({ method: 'PUT' })).rejects.toMatchObject(refusal(50055));
});

describe.each(scopeNames)('Webhooks of conversations of %s', (name) => {
  let webhooks: Webhooks;
  let base: string;
  beforeAll(async () => {
    const at = await openScope(server, name);
    const { sid } = await at.scope.conversations.create({});
    webhooks = at.scope.conversations(sid).webhooks;
    base = `${at.url}/Conversations/${sid}/Webhooks`;
  });

  test('One is created, fetched, updated, listed and removed.', async () => {
    const filters = ['onMessageAdded', 'onConversationRemoved'];
    const created = await webhooks.create({
      target: 'webhook',
      'configuration.url': url,
      'configuration.method': 'get',
      'configuration.filters': filters,
      'configuration.replayAfter': 7,
    });
    expect(created).toMatchObject({
      target: 'webhook',
      url: `${base}/${created.sid}`,
      configuration: { url, method: 'get', filters, replay_after: 7 },
    });
    expect(await webhooks(created.sid).fetch()).toMatchObject({ sid: created.sid });
    const updated = await webhooks(created.sid).update({ 'configuration.filters': ['onDeliveryUpdated'] });
    expect(updated.configuration).toMatchObject({ url, filters: ['onDeliveryUpdated'] });
    await webhooks.create({ target: 'trigger', 'configuration.url': url, 'configuration.triggers': ['a', 'b'] });
    await webhooks.create({ target: 'studio', 'configuration.flowSid': `FW${'1'.repeat(32)}` });
    expect((await webhooks.list()).map(({ target }) => target)).toEqual(['webhook', 'trigger', 'studio']);
    expect(await webhooks(created.sid).remove()).toBe(true);
    await expect(webhooks(created.sid).fetch()).rejects.toMatchObject(refusal(20404, 404));
  });

  test('What is missing or wrong is refused with the code of the contract.', async () => {
    const create = (parameters: object) => expect(webhooks.create(parameters as never)).rejects;
    await create({ target: 'other' }).toMatchObject(refusal(50364));
    await create({ target: 'webhook' }).toMatchObject(refusal(50369));
    await create({ target: 'webhook', 'configuration.url': url }).toMatchObject(refusal(50370));
    await create({ target: 'trigger', 'configuration.url': url }).toMatchObject(refusal(50371));
    await create({ target: 'studio', 'configuration.flowSid': 'FW1' }).toMatchObject(refusal(50367));
  });
});

describe('Requests', () => {
  interface Taken {
    url: string;
    signature: string;
    method: string;
    body: string;
  }
  const taken: Taken[] = [];
  let told = () => {};
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const { url: path = '', method = '', headers } = request;
    const signature = String(headers['x-twilio-signature']);
    taken.push({ url: `http://${headers.host}${path}`, signature, method, body });
    response.end();
    told();
  });
  beforeAll(() => new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    receiver.closeAllConnections();
    return new Promise<void>((resolve) => receiver.close(() => resolve()));
  });

  test.each(['POST', 'GET'])("The library's validator accepts the signature of a %s.", async (method) => {
    const came = new Promise<void>((resolve) => {
      told = resolve;
    });
    taken.length = 0;
    const { port } = receiver.address() as AddressInfo;
    const postWebhookUrl = `http://127.0.0.1:${port}/hook?key=a%20b#rc=1`;
    await server.api.v1.configuration.webhooks().update({ postWebhookUrl, method, filters: ['onMessageAdded'] });
    const { sid } = await server.api.v1.conversations.create({});
    await server.api.v1.conversations(sid).messages.create({
      body: 'Grüße & more=1',
      attributes: '{"ü": [1, 2]}',
      xTwilioWebhookEnabled: 'true',
    });
    await came;
    const [request] = taken;
    expect(request?.method).toBe(method);
    const parameters = Object.fromEntries(new URLSearchParams(request?.body));
    const isValid = (token: string, values: object) =>
      twilio.validateRequest(token, request?.signature ?? '', request?.url ?? '', values as Record<string, string>);
    expect(isValid(authToken, parameters)).toBe(true);
    expect(isValid('another token', parameters)).toBe(false);
    expect(isValid(authToken, { ...parameters, Body: 'forged' })).toBe(false);
  });
});

test('Every described operation on webhooks was driven.', () => {
  const operations = [
    ...operationsOn(below('/Configuration/Webhooks')),
    ...operationsOn(below('/Conversations/{ConversationSid}/Webhooks(/{Sid})?')),
  ];
  expect(operations).toHaveLength(14);
  expect(server.api.driven).toEqual(expect.arrayContaining(operations));
});
