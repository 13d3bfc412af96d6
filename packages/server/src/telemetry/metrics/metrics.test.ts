import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { makeToken } from '../../api/tokens.ts';
import type { Config } from '../../config/config.ts';
import { authorization, type OpenRest, openRest, testCredentials } from '../../testing/open-rest.ts';
import { RawClient } from '../../testing/raw-client.ts';
import { RawTwilsock } from '../../testing/raw-twilsock.ts';
import { WebhookReceiver } from '../../testing/webhook-receiver.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function open(overrides: Partial<Config> = {}): Promise<OpenRest> {
  const at = await openRest({ publicUrl: null, ...overrides });
  stops.push(() => at.discard());
  return at;
}

/** The series of a scrape whose name and labels have this form, and their values. */
function seriesOf(text: string, form: RegExp): Record<string, number> {
  const lines = text.split('\n').filter((line) => form.test(line) && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.replace(/ [^ ]+$/, ''), Number(line.split(' ').at(-1))]));
}

async function scrape(at: OpenRest): Promise<string> {
  const { status, text, headers } = await at.ask('GET', '/metrics');
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  return text;
}

test('Figures are for the account alone, unless they have a port of their own.', async () => {
  const at = await open();
  for (const given of ['', authorization.byAccount.slice(0, -4)]) {
    const { status, text } = await at.ask('GET', '/metrics', { headers: { authorization: given } });
    expect(status).toBe(401);
    expect(text).not.toContain('colloquy_http');
  }
  for (const given of Object.values(authorization)) {
    expect((await at.ask('GET', '/metrics', { headers: { authorization: given } })).status).toBe(200);
  }
  const off = await open({ metrics: 'off' });
  expect((await off.ask('GET', '/metrics')).status).toBe(404);
});

test('On a port of their own they are read without credentials, and nothing else is there.', async () => {
  const at = await open({ metrics: { host: '127.0.0.1', port: 0 } });
  expect((await at.ask('GET', '/metrics')).status).toBe(404);
  const url = at.server.metricsUrl;
  const answer = await fetch(`${url}/metrics`);
  expect(await answer.text()).toContain('colloquy_build_info{version="');
  expect((await fetch(`${url}/v1/Conversations`, { headers: { authorization: authorization.byAccount } })).status).toBe(
    404,
  );
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
  const taken = { host: '127.0.0.1', port: Number(new URL(String(url)).port) };
  await expect(openRest({ metrics: taken })).rejects.toThrow(
    `The metrics have no port: Another program listens on port ${taken.port} of 127.0.0.1; end it, or give another port with --metrics (COLLOQUY_METRICS).`,
  );
});

test('Requests over HTTP are counted by their route, errors by their code; nothing that somebody is called is told.', async () => {
  const at = await open();
  await at.post('/v1/Conversations', { UniqueName: 'secret-room' });
  for (const body of ['one', 'two']) await at.post('/v1/Conversations/secret-room/Messages', { Body: body });
  await at.ask('GET', '/v1/Conversations/secret-nowhere');
  await at.ask('GET', '/secret-elsewhere');
  await at.ask('GET', '/v1/secret-elsewhere');
  await at.ask('GET', '/v1/Conversations', { headers: { authorization: '' } });
  const text = await scrape(at);
  expect(seriesOf(text, /^colloquy_http_request_duration_seconds_count/)).toEqual({
    'colloquy_http_request_duration_seconds_count{method="POST",route="/v1/Conversations",status="201"}': 1,
    'colloquy_http_request_duration_seconds_count{method="POST",route="/v1/Conversations/:conversation/Messages",status="201"}': 2,
    'colloquy_http_request_duration_seconds_count{method="GET",route="/v1/Conversations/:conversation",status="404"}': 1,
    'colloquy_http_request_duration_seconds_count{method="GET",route="none",status="404"}': 2,
    'colloquy_http_request_duration_seconds_count{method="GET",route="/v1/Conversations",status="401"}': 1,
  });
  expect(seriesOf(text, /^colloquy_request_errors_total/)).toEqual({
    // Alerts are about faults, and the first one has to be a rise.
    ...Object.fromEntries(
      ['rest', 'realtime', 'polling', 'twilsock'].map((api) => [
        `colloquy_request_errors_total{api="${api}",code="20500"}`,
        0,
      ]),
    ),
    'colloquy_request_errors_total{api="rest",code="20404"}': 3,
    'colloquy_request_errors_total{api="rest",code="20003"}': 1,
  });
  expect(text).not.toContain('secret');
});

test('Commands, transactions and events are counted by what they are.', async () => {
  const at = await open();
  await at.post('/v1/Conversations', { UniqueName: 'room' });
  await at.post('/v1/Conversations/room/Messages', { Body: 'one' });
  expect((await at.ask('POST', '/v1/Conversations', { form: { UniqueName: 'room' } })).status).toBe(409);
  const text = await scrape(at);
  expect(seriesOf(text, /^colloquy_command_commit_seconds_count.*"(conversations.create|messages)/)).toEqual({
    'colloquy_command_commit_seconds_count{command="conversations.create",outcome="done"}': 1,
    'colloquy_command_commit_seconds_count{command="messages.send",outcome="done"}': 1,
    'colloquy_command_commit_seconds_count{command="conversations.create",outcome="refused"}': 1,
  });
  expect(seriesOf(text, /^colloquy_command_wait_seconds_count.*"messages/)).toEqual({
    'colloquy_command_wait_seconds_count{command="messages.send"}': 1,
  });
  expect(seriesOf(text, /^colloquy_events_total/)).toEqual({
    'colloquy_events_total{type="conversation.added"}': 1,
    'colloquy_events_total{type="message.added"}': 1,
  });
  const [commits, commands] = ['commit_duration_seconds_count', 'commit_commands_sum'].map(
    (name) => Object.values(seriesOf(text, new RegExp(`^colloquy_${name}`)))[0],
  );
  const each = Object.values(seriesOf(text, /^colloquy_command_wait_seconds_count/));
  expect(commands).toBe(each.reduce((sum, count) => sum + count, 0));
  expect(commits).toBeLessThanOrEqual(commands as number);
  // Whether the server can write is asked of the database as well, by a command.
  const queue = Object.keys(seriesOf(text, /^colloquy_commands_/));
  expect(queue).toEqual(['colloquy_commands_queued', 'colloquy_commands_under_way']);
});

test('Requests over connections are counted by method, connections by API, and what reaches them each time.', async () => {
  const at = await open({ rateLimits: { connectionRequests: 1 } });
  const { url } = await at.server.listen();
  const { default_chat_service_sid: service } = await at.get('/v1/Configuration');
  const token = await makeToken(testCredentials, { identity: 'ann', service }, at.clock.now());
  await at.post('/v1/Conversations', { UniqueName: 'room' });
  await at.post('/v1/Conversations/room/Participants', { Identity: 'ann' });
  const address = url.replace('http', 'ws');
  const clients = [await RawClient.open(address), await RawClient.open(address, {}, 'polling')];
  const official = await RawTwilsock.open(address);
  stops.push(() => [...clients, official].map((client) => client.cut()));
  const [client, polling] = clients as [RawClient, RawClient];
  const { cursor, user, position } = await client.call('connect', { token });
  await polling.call('connect', { token, resume: { cursor, positions: { [user.sid]: position } } });
  await official.init(token);
  await official.request('GET', '/v2/Users/nobody');
  await client.call('ping', {});
  await expect(client.call('ping', {})).rejects.toMatchObject({ code: 51128 });
  await expect(polling.call('no.such' as 'ping', {})).rejects.toMatchObject({ code: -32601 });

  await at.post('/v1/Conversations/room/Messages', { Body: 'both hear it' });
  const text = await scrape(at);
  expect(seriesOf(text, /^colloquy_session_request_duration_seconds_count/)).toEqual({
    'colloquy_session_request_duration_seconds_count{api="realtime",method="connect",code="0"}': 1,
    'colloquy_session_request_duration_seconds_count{api="polling",method="connect",code="0"}': 1,
    'colloquy_session_request_duration_seconds_count{api="twilsock",method="init",code="0"}': 1,
    'colloquy_session_request_duration_seconds_count{api="twilsock",method="GET /v2/Users/:user",code="50200"}': 1,
    'colloquy_session_request_duration_seconds_count{api="realtime",method="ping",code="0"}': 1,
    'colloquy_session_request_duration_seconds_count{api="polling",method="unknown",code="-32601"}': 1,
  });
  expect(seriesOf(text, /^colloquy_rate_limited_requests_total/)).toEqual({
    'colloquy_rate_limited_requests_total{api="realtime",code="51128"}': 1,
  });
  expect(seriesOf(text, /^colloquy_sessions\{/)).toEqual({
    'colloquy_sessions{api="realtime"}': 1,
    'colloquy_sessions{api="polling"}': 1,
    'colloquy_sessions{api="twilsock"}': 1,
  });
  expect(seriesOf(text, /^colloquy_session_resumes_total/)).toEqual({
    'colloquy_session_resumes_total{outcome="caught_up"}': 1,
  });
  expect(Object.values(seriesOf(text, /^colloquy_session_deliveries_total/))[0]).toBeGreaterThanOrEqual(2);
});

/** A server whose webhook is told of messages, and who is told. */
async function openWithWebhook(
  overrides: Partial<Config> = {},
): Promise<{ at: OpenRest; receiver: WebhookReceiver; send(): Promise<unknown> }> {
  const at = await open(overrides);
  const receiver = await WebhookReceiver.open();
  stops.push(() => receiver.close());
  const filters = ['onMessageAdded'];
  await at.post('/v1/Configuration/Webhooks', { PostWebhookUrl: receiver.url('/'), Filters: filters });
  await at.post('/v1/Conversations', { UniqueName: 'room' });
  const headers = { 'x-twilio-webhook-enabled': 'true' };
  const send = () => at.ask('POST', '/v1/Conversations/room/Messages', { form: { Body: 'Hi' }, headers });
  return { at, receiver, send };
}

test('Attempts to reach somebody outside are counted by their outcome.', async () => {
  const { at, receiver, send } = await openWithWebhook();
  receiver.answer = () => ({ status: 500 });
  await at.post('/v1/Conversations/room/Participants', {
    'MessagingBinding.Address': '+15005550006',
    'MessagingBinding.ProxyAddress': '+12025550100',
  });
  await send();
  await receiver.first(1);
  await at.server.idle();
  let text = await scrape(at);
  // What comes of the answer is written down a moment after it came. Asking takes no turn of the event loop, and the
  // answer has to come in one.
  while (!/attempt_duration_seconds_count\{kind="webhook"/.test(text)) {
    await setImmediate();
    text = await scrape(at);
  }
  expect(seriesOf(text, /^colloquy_attempt_duration_seconds_count/)).toEqual({
    'colloquy_attempt_duration_seconds_count{kind="channel",to="sandbox",outcome="accepted"}': 1,
    'colloquy_attempt_duration_seconds_count{kind="webhook",to="webhook",outcome="5xx"}': 1,
  });
});

test('What webhooks were told is counted as it comes to its end, from none on: the first that is given up is a rise.', async () => {
  const { at, receiver, send } = await openWithWebhook();
  const ended = async () => Object.values(seriesOf(await scrape(at), /^colloquy_webhook_deliveries_total/));
  expect(Object.keys(seriesOf(await scrape(at), /^colloquy_webhook_deliveries_total/))).toEqual(
    ['delivered', 'dead', 'dropped'].map((outcome) => `colloquy_webhook_deliveries_total{outcome="${outcome}"}`),
  );
  expect(await ended()).toEqual([0, 0, 0]);
  receiver.answer = () => ({ status: 400 });
  await send();
  await receiver.first(1);
  while ((await ended())[1] === 0) await setImmediate();
  receiver.answer = () => ({ status: 204 });
  await send();
  await receiver.first(2);
  while ((await ended())[0] === 0) await setImmediate();
  receiver.answer = () => ({ status: 503 });
  await send();
  await receiver.first(3);
  await at.post('/v1/Configuration/Webhooks', { PostWebhookUrl: '' });
  while ((await ended())[2] === 0) {
    at.clock.advance(15_000);
    await setImmediate();
  }
  expect(await ended()).toEqual([1, 1, 1]);
});

test('What is still to be done is counted by kind and state, at most every ten seconds.', async () => {
  // A server on PostgreSQL lets go of its work when ten seconds have passed at once: it has stood still.
  const { at, receiver, send } = await openWithWebhook({ databaseUrl: undefined });
  const { promise: answering, resolve: answer } = Promise.withResolvers<void>();
  receiver.answer = () => ({ status: 204, after: answering });
  const shown = async () => seriesOf(await scrape(at), /^colloquy_outbox.*kind="webhook",state="sending"/);
  const [entries, age] = ['entries', 'oldest_age_seconds'].map(
    (name) => `colloquy_outbox_${name}{kind="webhook",state="sending"}`,
  ) as [string, string];
  await send();
  await receiver.first(1);
  at.clock.advance(3000);
  expect(await shown()).toEqual({ [entries]: 1, [age]: 3 });
  await at.post('/v1/Conversations', { UniqueName: 'other' });
  await at.ask('POST', '/v1/Conversations/other/Messages', {
    form: { Body: 'Hi' },
    headers: { 'x-twilio-webhook-enabled': 'true' },
  });
  await receiver.first(2);
  expect(await shown()).toEqual({ [entries]: 1, [age]: 3 });
  at.clock.advance(10_000);
  expect(await shown()).toEqual({ [entries]: 2, [age]: 13 });
  answer();
});

test('Several servers in one process have figures of their own; those of the process are the same.', async () => {
  const [one, other] = [await open(), await open()];
  await one.post('/v1/Conversations');
  const texts = [await scrape(one), await scrape(other)];
  expect(texts.map((text) => seriesOf(text, /^colloquy_events_total/))).toEqual([
    { 'colloquy_events_total{type="conversation.added"}': 1 },
    {},
  ]);
  for (const text of texts) {
    for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'nodejs_heap_size_used_bytes']) {
      expect(seriesOf(text, new RegExp(`^${name} `))[name]).toBeGreaterThan(0);
    }
  }
});
