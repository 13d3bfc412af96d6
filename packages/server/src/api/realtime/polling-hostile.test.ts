import { request } from 'node:http';
import { realtimePollPath } from '@colloquy/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sendMessage } from '../../core/messages/actions.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';

const places = 3;

let at: OpenRealtime;
let url: string;
beforeEach(async () => {
  at = await openRealtime({ connections: places }, 'polling');
  url = at.address.replace('ws', 'http') + realtimePollPath;
});
afterEach(() => at.discard());

// biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
type Said = any;

async function ask(path: string, body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(url + path, { method: 'POST', body: text });
  const said = await answer.text();
  return { status: answer.status, body: (said === '' ? undefined : JSON.parse(said)) as Said };
}

const frame = (id: number, method: string, params: object) => JSON.stringify({ jsonrpc: '2.0', id, method, params });
const connectFrame = async () => frame(0, 'connect', { token: await at.token('ann') });

async function open(): Promise<string> {
  const { body } = await ask('', { frames: [await connectFrame()] });
  expect(body.close).toBeUndefined();
  return body.session;
}

test('Who leaves while his token is being checked leaves no place taken.', async () => {
  const connect = await connectFrame();
  for (let round = 0; round < 10 * places; round += 1) {
    const { session } = (await ask('', {})).body;
    await Promise.all([ask('/send', { session, first: 1, frames: [connect] }), ask('/end', { session })]);
  }
  await open();
});

test('What a body has besides is passed over, however much it is; a frame that could not be as it was sent is not.', async () => {
  const deep = `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},"__proto__":{"frames":[1]}}`;
  expect((await ask('', deep)).status).toBe(201);
  const half = await ask('', '{"frames":["\\ud800"]}');
  expect(half).toMatchObject({ status: 400, body: { code: 20422 } });
});

test('Of the requests that wait to hand frames over, the latest stays: bodies do not pile up.', async () => {
  const room = await at.roomOf('ann');
  const session = await open();
  const { write } = at.storage;
  const asked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  at.storage.write = async (...given) => {
    asked.resolve();
    await goOn.promise;
    return write.apply(at.storage, given);
  };
  const texts = Array.from({ length: 600 }, (_unused, id) => frame(id, 'messages.send', { conversation: room }));
  const first = ask('/send', { session, first: 2, frames: texts });
  await asked.promise;
  const next = { session, first: 602, frames: [frame(600, 'ping', {})] };
  const others = [ask('/send', next), ask('/send', next)];
  expect(await Promise.race(others)).toMatchObject({ status: 409, body: { code: 20409 } });
  goOn.resolve();
  expect((await first).status).toBe(204);
  expect((await Promise.all(others)).map(({ status }) => status).sort()).toEqual([204, 409]);
});

test('An answer that nobody reads is given up when another one is asked for.', async () => {
  const room = await at.roomOf('ann');
  // Twelve bytes of an answer each.
  const body = '\u0001'.repeat(20_000);
  const say = () => at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body });
  await Promise.all(Array.from({ length: 100 }, say));
  const session = await open();
  const after = 1;
  await ask('/send', { session, first: 2, frames: [frame(1, 'messages.list', { conversation: room, limit: 100 })] });
  const { hostname, port } = new URL(url);
  const slow = request({ hostname, port, path: `${realtimePollPath}/receive`, method: 'POST' });
  const broken = new Promise((resolve) => {
    slow.once('response', (answer) => {
      answer.once('error', resolve);
      answer.pause();
      ask('/receive', { session, after }).catch(() => {});
      // What is on its way has to be read before the end of it is seen.
      setImmediate(() => answer.once('end', () => resolve('whole')).resume());
    });
  });
  slow.end(JSON.stringify({ session, after }));
  expect(await broken).toMatchObject({ code: 'ECONNRESET' });
});

test('Many small frames that nobody takes count for what they take.', async () => {
  const session = await open();
  let status = 204;
  let first = 2;
  for (; status === 204 && first < 100_000; first += 1000) {
    const frames = Array.from({ length: 1000 }, (_unused, id) => frame(id, 'ping', {}));
    ({ status } = await ask('/send', { session, first, frames }));
    const { body } = await ask('/receive', { session, after: 1 });
    if (body?.close) return expect(body.close.code).toBe(4413);
  }
  expect(status).toBe('cut off');
});
