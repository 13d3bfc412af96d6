import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { authorization, type OpenRest, openRest } from './testing/open-rest.ts';
import { WebhookReceiver } from './testing/webhook-receiver.ts';

let at: OpenRest;
let port: number;
const sockets: Socket[] = [];
beforeEach(async () => {
  at = await openRest({ publicUrl: null });
  port = Number(new URL((await at.server.listen()).url).port);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A peer that never closes its side. */
async function open(text: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

const head = (line: string, ...fields: string[]) =>
  [`${line} HTTP/1.1`, 'Host: localhost', ...fields, '', ''].join('\r\n');
const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];

test.each([
  ['never says anything', ''],
  ['asked for a WebSocket where there is none', head('GET /nowhere', ...upgrade)],
  ['sent what is no HTTP', 'garbage\r\n\r\n'],
])('The server stops at once though a peer %s.', async (_what, text) => {
  const socket = await open(text);
  // Its answer tells that it has arrived; who says nothing gets none.
  if (text) await once(socket, 'end');
  await at.discard();
});

test.each([
  ['a head', 'GET /v1/Conversations HTTP/1.1\r\n'],
  [
    'a body',
    `${head('POST /v1/Conversations', `Authorization: ${authorization.byAccount}`, 'Content-Length: 100')}Friendly`,
  ],
])('The server stops after a few seconds though a peer never finishes %s.', async (_what, text) => {
  await open(text);
  // What came on another connection later was read later.
  await (await fetch(`http://127.0.0.1:${port}/health`)).text();
  let stopped = false;
  const discarded = at.discard().then(() => {
    stopped = true;
  });
  const began = at.clock.now();
  while (!stopped) {
    at.clock.advance(100);
    await setImmediate();
  }
  await discarded;
  expect(at.clock.now() - began).toBeGreaterThanOrEqual(3000);
});

test('A slow request and a slow receiver of a webhook take no longer together than one of them.', async () => {
  const receiver = await WebhookReceiver.open();
  receiver.answer = () => ({ status: 200, after: new Promise(() => {}) });
  await at.post('/v1/Configuration/Webhooks', { PostWebhookUrl: receiver.url('/'), Filters: 'onConversationAdded' });
  const headers = { 'x-twilio-webhook-enabled': 'true' };
  await at.ask('POST', '/v1/Conversations', { form: {}, headers });
  await receiver.first(1);
  await open('GET /v1/Conversations HTTP/1.1\r\n');
  await (await fetch(`http://127.0.0.1:${port}/health`)).text();
  const discarded = at.discard();
  // The clock stands still until the server has begun to wait.
  while (await isListening()) await setImmediate();
  at.clock.advance(4000);
  await discarded;
  await receiver.close();
});

async function isListening(): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  const answer = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return answer;
}

test('A connection whose request is answered while the server stops is told that it ends, and ends.', async () => {
  const body = 'FriendlyName=Late';
  const fields = [
    `Authorization: ${authorization.byAccount}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
  ];
  const socket = await open(head('POST /v1/Conversations', ...fields));
  // What came on another connection later was read later.
  await (await fetch(`http://127.0.0.1:${port}/health`)).text();
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  const ended = once(socket, 'end');
  const discarded = at.discard();
  await setImmediate();
  socket.write(body);
  await ended;
  expect(answer).toMatch(/^HTTP\/1\.1 201 /);
  expect(answer).toMatch(/^connection: close\r$/im);
  await discarded;
});

test('A request that the server is at is answered, though that takes it longer than it waits for its peers.', async () => {
  const { promise: goOn, resolve: finish } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { core } = at.server;
  const run = core.run.bind(core) as (...given: unknown[]) => Promise<unknown>;
  vi.spyOn(core, 'run').mockImplementation(async (...given) => {
    begin();
    await goOn;
    return run(...given);
  });
  const fields = [`Authorization: ${authorization.byAccount}`, 'Content-Length: 0'];
  const socket = await open(head('POST /v1/Conversations', ...fields));
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  const ended = once(socket, 'end');
  await begun;
  const discarded = at.discard();
  while (await isListening()) await setImmediate();
  at.clock.advance(4000);
  await setImmediate();
  finish();
  await ended;
  expect(answer).toMatch(/^HTTP\/1\.1 201 /);
  await discarded;
});
