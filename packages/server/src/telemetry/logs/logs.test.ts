import { afterEach, expect, test } from 'vitest';
import { makeToken } from '../../api/tokens.ts';
import type { Config } from '../../config/config.ts';
import { authorization, basic, type OpenRest, openRest, testCredentials } from '../../testing/open-rest.ts';
import { RawClient } from '../../testing/raw-client.ts';
import { RawTwilsock } from '../../testing/raw-twilsock.ts';
import { WebhookReceiver } from '../../testing/webhook-receiver.ts';
import { makeLogger } from './logger.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Logged {
  at: OpenRest;
  /** As they were written. */
  lines: string[];
  /** The lines with a message, but for what every line has. */
  said(message: string): Record<string, unknown>[];
}

/** A server that logs everything. */
async function open(overrides: Partial<Config> = {}): Promise<Logged> {
  const lines: string[] = [];
  const config = { credentials: testCredentials, logLevel: 'trace', ...overrides } as Config;
  const logger = makeLogger(config, { write: (line) => lines.push(line) });
  const at = await openRest({ publicUrl: null, ...overrides }, logger);
  stops.push(() => at.discard());
  const said = (message: string) => {
    const found = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === message);
    return found.map(({ level: _level, time: _time, pid: _pid, hostname: _hostname, msg: _msg, ...rest }) => rest);
  };
  return { at, lines, said };
}

/** Has reading the database fail. @returns a function that mends it */
function breakReading({ at }: Logged, why: string): () => void {
  const { db } = at.server.core;
  Object.defineProperty(db, 'first', { value: () => Promise.reject(new Error(why)), configurable: true });
  return () => Reflect.deleteProperty(db, 'first');
}

async function connect(at: OpenRest, identity: string): Promise<{ client: RawClient; token: string; url: string }> {
  const { url } = await at.server.listen();
  const { default_chat_service_sid: service } = await at.get('/v1/Configuration');
  const token = await makeToken(testCredentials, { identity, service }, at.clock.now());
  const client = await RawClient.open(url.replace('http', 'ws'));
  stops.push(() => client.cut());
  return { client, token, url };
}

test('A request keeps the id that it brings, if it is a sane one, in its answer and in the log; others get one.', async () => {
  const logged = await open();
  const ask = async (headers: Record<string, string>) => {
    const mend = breakReading(logged, 'on fire');
    const answer = await logged.at.ask('GET', '/v1/Conversations', { headers });
    mend();
    return answer.headers['x-request-id'];
  };
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  expect(await ask({ 'x-request-id': '5f0c4b9e-1a2b', traceparent })).toBe('5f0c4b9e-1a2b');
  const given = { request: '5f0c4b9e-1a2b', trace: '0af7651916cd43dd8448eb211c80319c' };
  expect(logged.said('a request failed')).toEqual([expect.objectContaining(given)]);
  for (const bad of ['short', 'with blanks in it', 'x'.repeat(129), '"},{"level":10', 'üüüüüüüüü']) {
    expect(await ask({ 'x-request-id': bad }), bad).toMatch(/^RQ[0-9a-f]{32}$/);
  }
  for (const bad of ['00-0-0-01', `ff${traceparent.slice(2)}`, traceparent.replace(/[1-9a-f]/g, '0')]) {
    await ask({ 'x-request-id': 'request-with-bad-trace', traceparent: bad });
    expect(logged.said('a request failed').at(-1)).not.toHaveProperty('trace');
  }
});

test('What a request sets going names it in the log, also after its body has arrived; what goes on afterwards does not.', async () => {
  const logged = await open();
  const { at, said } = logged;
  const receiver = await WebhookReceiver.open();
  stops.push(() => receiver.close());
  receiver.answer = () => ({ status: 400 });
  await at.post('/v1/Configuration/Webhooks', {
    PreWebhookUrl: 'http://127.0.0.1:9/',
    PostWebhookUrl: receiver.url('/'),
    Filters: ['onMessageAdd', 'onMessageAdded'],
  });
  await at.post('/v1/Conversations', { UniqueName: 'room' });
  await at.post('/v1/Conversations/room/Participants', { Identity: 'ann' });
  const { client, token } = await connect(at, 'ann');
  const { session } = await client.call('connect', { token });
  await client.call('messages.send', { conversation: 'room', body: 'Hi' });
  expect(said('a pre-action webhook gave no answer')).toEqual([
    expect.objectContaining({ session, method: 'messages.send' }),
  ]);
  let told: Record<string, unknown>[] = [];
  while (told.length === 0) {
    await client.call('ping', {});
    told = said('a webhook was not reached');
  }
  expect(told[0]).toMatchObject({ work: expect.any(String), delivery: expect.any(String) });
  expect(told[0]).not.toHaveProperty('session');

  const mend = breakReading(logged, 'on fire');
  await expect(client.call('messages.list', { conversation: 'room' })).rejects.toMatchObject({ code: 20500 });
  mend();
  expect(said('a realtime request failed')).toEqual([expect.objectContaining({ session, method: 'messages.list' })]);
});

test('Each request has a line if that is wanted: what was asked for and what came of it, not who or whom.', async () => {
  const { at, said, lines } = await open({ requestLog: 'on' });
  const { client, token } = await connect(at, 'mallory');
  await at.ask('GET', '/health');
  const answer = await at.ask('GET', '/v1/Conversations/secret-room');
  const { session } = await client.call('connect', { token });
  await client.call('ping', {});
  const ms = expect.any(Number);
  expect(said('answered')).toEqual([
    expect.objectContaining({ method: 'GET', route: '/v1/Configuration', status: 200, ms }),
    {
      request: answer.headers['x-request-id'],
      method: 'GET',
      route: '/v1/Conversations/:conversation',
      status: 404,
      code: 20404,
      ms,
    },
    { api: 'realtime', session, method: 'connect', ms },
    { api: 'realtime', session, method: 'ping', ms },
  ]);
  expect(lines.join('')).not.toMatch(/secret-room|mallory|127\.0\.0\.1/);
  const quiet = await open();
  await quiet.at.get('/v1/Conversations');
  expect(quiet.said('answered')).toEqual([]);
});

test('No secret and nothing that was said is in the log, whatever goes wrong.', async () => {
  const logged = await open({ requestLog: 'on' });
  const { at, lines } = logged;
  const { client, token, url } = await connect(at, 'ann');
  await client.call('connect', { token });
  const official = await RawTwilsock.open(url.replace('http', 'ws'));
  stops.push(() => official.cut());
  await official.init(token);
  const body = 'what nobody else shall read';
  await at.post('/v1/Configuration/Webhooks', {
    PreWebhookUrl: 'http://hook:webhook-password@127.0.0.1:9/',
    PostWebhookUrl: 'http://hook:webhook-password@127.0.0.1:9/',
    Filters: ['onMessageAdd', 'onMessageAdded'],
  });
  await at.post('/v1/Conversations', { UniqueName: 'room' });
  await at.post('/v1/Conversations/room/Participants', { Identity: 'ann' });
  await client.call('messages.send', { conversation: 'room', body });
  await at.ask('POST', '/v1/Conversations/room/Messages', {
    form: { Body: body },
    headers: { 'idempotency-key': 'a-key-of-a-client', 'x-twilio-webhook-enabled': 'true' },
  });
  const wrong = basic(testCredentials.accountSid, 'a wrong password that is long enough');
  await at.ask('GET', '/v1/Conversations', { headers: { authorization: wrong } });
  await expect(client.call('token.update', { token: `${token}x` })).rejects.toThrow();
  await at.ask('POST', '/v1/x/senders', { form: JSON.stringify({ config: { authToken: 'sender-secret' } }) });
  // As a text that somebody else made might have them.
  const mend = breakReading(logged, `${testCredentials.authToken} ${authorization.byApiKey}`);
  await at.ask('POST', '/v1/Conversations/room/Messages', { form: { Body: body } });
  await client.call('messages.send', { conversation: 'room', body }).catch(() => {});
  await official.request('POST', '/v2/Conversations/room/Messages', { body }).catch(() => {});
  mend();

  const text = lines.join('');
  expect(text).toContain('[secret]');
  expect(logged.said('a request failed').length).toBeGreaterThan(0);
  const secrets = [
    ...Object.values(testCredentials).filter((one) => !/^(AC|SK)/.test(one)),
    ...[...Object.values(authorization), wrong].map((header) => header.replace('Basic ', '')),
    token,
    'webhook-password',
    'sender-secret',
    'a wrong password',
    body,
  ];
  for (const secret of secrets) expect(text.includes(secret), secret).toBe(false);
});

test('Nothing that stands in the address of the database or of NATS is in the log.', () => {
  const lines: string[] = [];
  const config = {
    credentials: testCredentials,
    logLevel: 'info',
    databaseUrl: 'postgres://me@db.example/chat?password=the-password-of-me',
    natsUrls: ['nats://a-token-for-nats@nats.example:4222'],
  } as unknown as Config;
  const logger = makeLogger(config, { write: (line) => lines.push(line) });
  logger.warn({ error: new Error(`no way to ${config.databaseUrl}`), servers: config.natsUrls }, 'away');
  expect(lines.join('')).toContain('nats://[secret]@nats.example:4222');
  expect(lines.join('')).not.toMatch(/the-password-of-me|a-token-for-nats/);
});
