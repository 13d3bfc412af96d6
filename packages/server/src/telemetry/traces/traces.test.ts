import { afterEach, expect, test, vi } from 'vitest';
import { makeToken } from '../../api/tokens.ts';
import type { Config } from '../../config/config.ts';
import { type OpenRest, openRest, testCredentials } from '../../testing/open-rest.ts';
import { attributesOf, OtlpReceiver } from '../../testing/otlp-receiver.ts';
import { RawClient } from '../../testing/raw-client.ts';
import { WebhookReceiver } from '../../testing/webhook-receiver.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Traced {
  at: OpenRest;
  collector: OtlpReceiver;
  receiver: WebhookReceiver;
  /** Ends the server, which hands on what it has. */
  end(): Promise<void>;
}

/** A server with a collector, a webhook that hears of messages, and a conversation with somebody on the phone. */
async function open(overrides: Partial<Config> = {}): Promise<Traced> {
  const collector = await OtlpReceiver.open();
  const receiver = await WebhookReceiver.open();
  const at = await openRest({ publicUrl: null, traces: `${collector.url}/v1/traces`, ...overrides });
  let ended = false;
  const end = async () => {
    if (!ended) await at.discard();
    ended = true;
  };
  stops.push(
    () => collector.close(),
    () => receiver.close(),
    end,
  );
  await at.post('/v1/Configuration/Webhooks', {
    PreWebhookUrl: receiver.url('/before'),
    PostWebhookUrl: receiver.url('/after'),
    Filters: ['onMessageAdd', 'onMessageAdded'],
  });
  await at.post('/v1/Conversations', { UniqueName: 'room' });
  await at.post('/v1/Conversations/room/Participants', {
    'MessagingBinding.Address': '+15005550006',
    'MessagingBinding.ProxyAddress': '+12025550100',
  });
  return { at, collector, receiver, end };
}

const trace = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${trace}-b7ad6b7169203331-01`;

/** Sends as a program does whose own trace goes on here. */
async function send({ at, receiver }: Traced): Promise<void> {
  const answer = await at.ask('POST', '/v1/Conversations/room/Messages', {
    form: { Body: 'what nobody else shall read' },
    headers: { traceparent, 'x-twilio-webhook-enabled': 'true' },
  });
  expect(answer.status).toBe(201);
  await receiver.first(1, '/after');
  await at.server.idle();
}

test('The trace of a send goes from the request of whoever asked to the channel and the webhook, which gets it on.', async () => {
  const traced = await open();
  await send(traced);
  await traced.end();
  const { collector, receiver } = traced;
  const settled = (command: string) => ({ [`command ${command}`]: { wait: {}, commit: {} } });
  const tree = collector.tree(trace);
  expect(tree).toEqual({
    'POST /v1/Conversations/:conversation/Messages': {
      'command messages.send': {
        wait: {},
        commit: {},
        'outbox channel': { 'channel sandbox': expect.anything(), ...settled('receipts.accept') },
        'outbox webhook': { 'webhook webhook': {}, ...settled('webhooks.settle') },
      },
    },
  });
  const byName = (name: string) => collector.spans.find((span) => span.traceId === trace && span.name === name);
  const request = byName('POST /v1/Conversations/:conversation/Messages');
  expect(request).toMatchObject({ parentSpanId: 'b7ad6b7169203331', kind: 2 });
  expect(attributesOf(request as never)).toMatchObject({ 'http.response.status_code': 201 });
  const [told] = await receiver.first(1, '/after');
  expect(told?.headers['traceparent']).toBe(`00-${trace}-${byName('webhook webhook')?.spanId}-01`);
  // Neither what was said nor who is meant.
  expect(JSON.stringify(collector.spans)).not.toMatch(/nobody else|5005550006|"room"/);
});

test('A request over a connection begins a trace, in which the webhook that is asked before has its place.', async () => {
  const traced = await open();
  const { at, collector, receiver } = traced;
  await at.post('/v1/Conversations/room/Participants', { Identity: 'ann' });
  const { url } = await at.server.listen();
  const { default_chat_service_sid: service } = await at.get('/v1/Configuration');
  const client = await RawClient.open(url.replace('http', 'ws'));
  stops.push(() => client.cut());
  await client.call('connect', {
    token: await makeToken(testCredentials, { identity: 'ann', service }, at.clock.now()),
  });
  await client.call('messages.send', { conversation: 'room', body: 'Hi' });
  await receiver.first(1, '/after');
  await at.server.idle();
  await traced.end();
  const begun = collector.spans.find(({ name }) => name === 'realtime messages.send');
  expect(begun?.parentSpanId).toBeUndefined();
  const tree = collector.tree(begun?.traceId ?? '') as Record<string, Record<string, object>>;
  expect(Object.keys(tree['realtime messages.send'] ?? {})).toEqual([
    'rehearse messages.send',
    'pre-webhook onMessageAdd',
    'command messages.send',
  ]);
  const [asked] = await receiver.first(1, '/before');
  expect(asked?.headers['traceparent']).toContain(begun?.traceId);
});

test('What the environment says of OpenTelemetry counts: names, headers and how much is sampled.', async () => {
  vi.stubEnv('OTEL_SERVICE_NAME', 'chat');
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test');
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-key=of-collector');
  const traced = await open();
  await traced.end();
  expect(traced.collector.resource).toMatchObject({ 'service.name': 'chat', 'deployment.environment.name': 'test' });
  expect(traced.collector.headers[0]).toMatchObject({ 'x-key': 'of-collector' });
  expect(traced.collector.paths[0]).toBe('/v1/traces');
  vi.stubEnv('OTEL_TRACES_SAMPLER', 'parentbased_always_off');
  const silent = await open();
  await send(silent);
  await silent.end();
  // Of all that was asked, only what the caller samples.
  expect(new Set(silent.collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([trace]));
});

test('Without the setting no request carries a trace on, and work has none.', async () => {
  const traced = await open({ traces: undefined });
  await send(traced);
  const [told] = await traced.receiver.first(1, '/after');
  expect(told?.headers).not.toHaveProperty('traceparent');
  await traced.end();
  expect(traced.collector.spans).toEqual([]);
});

test('A collector that is away keeps nothing from working or ending.', async () => {
  const traced = await open();
  await traced.collector.close();
  await send(traced);
  await traced.end();
  expect(traced.collector.spans).toEqual([]);
});
