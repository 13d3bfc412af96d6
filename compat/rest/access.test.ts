import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiClient } from './api-client.ts';
import { accountSid, apiKeySecret, apiKeySid, authToken, type RunningServer, runServer } from './running-server.ts';
import { refusal } from './scopes.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

test('An API key reaches the account as its auth token does.', async () => {
  const { v1 } = new ApiClient(server.url, { user: apiKeySid, password: apiKeySecret, accountSid });
  const { sid } = await v1.conversations.create({ friendlyName: 'by key' });
  expect(await server.api.v1.conversations(sid).fetch()).toMatchObject({ accountSid, friendlyName: 'by key' });
});

describe.each([
  ['a wrong token', accountSid, `${authToken}!`],
  ['another account', `AC${'c'.repeat(32)}`, authToken],
  ['an unknown key', `SK${'c'.repeat(32)}`, apiKeySecret],
  ["the key's secret with the account", accountSid, apiKeySecret],
])('With %s', (_name, user, password) => {
  test('every call is refused and changes nothing.', async () => {
    const { v1 } = new ApiClient(server.url, { user, password, accountSid });
    const before = (await server.api.v1.conversations.list()).length;
    await expect(v1.conversations.create({})).rejects.toMatchObject({
      ...refusal(20003, 401),
      message: 'Authenticate',
    });
    await expect(v1.services.list()).rejects.toMatchObject(refusal(20003, 401));
    await expect(v1.conversations('unknown').remove()).rejects.toMatchObject(refusal(20003, 401));
    expect(await server.api.v1.conversations.list()).toHaveLength(before);
  });
});

test('Errors are those that existing catch clauses expect.', async () => {
  const error = await server.api.v1
    .conversations('nowhere')
    .fetch()
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(twilio.RestException);
  expect(error).toMatchObject({
    ...refusal(20404, 404),
    message: 'The requested resource /Conversations/nowhere was not found',
  });
});

test('The client can also be pointed here by an httpClient of its own.', async () => {
  class Elsewhere extends twilio.RequestClient {
    override request<T>(options: Parameters<twilio.RequestClient['request']>[0]) {
      const { pathname, search } = new URL(options.uri);
      return super.request<T>({ ...options, uri: `${server.url}${pathname}${search}` } as never);
    }
  }
  const client = twilio(accountSid, authToken, { httpClient: new Elsewhere() });
  for (const n of [1, 2, 3]) await client.conversations.v1.services.create({ friendlyName: `elsewhere ${n}` });
  const services = await client.conversations.v1.services.list({ pageSize: 2 });
  expect(services.map((service) => service.friendlyName)).toEqual([
    'Default',
    'elsewhere 1',
    'elsewhere 2',
    'elsewhere 3',
  ]);
});

test('Status and headers are what the library shows of them.', async () => {
  const created = await server.api.v1.services.createWithHttpInfo({ friendlyName: 'with headers' });
  expect(created.statusCode).toBe(201);
  expect(created.headers).toMatchObject({
    'content-type': expect.stringMatching(/^application\/json/),
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'x-request-id': expect.stringMatching(/^RQ[0-9a-f]{32}$/),
  });
});
