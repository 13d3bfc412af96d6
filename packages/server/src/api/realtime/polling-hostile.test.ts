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

test('What a body has besides is passed over, unless it is millions of parts; a frame that could not be as it was sent is not.', async () => {
  const besides = `{"x":[["y"]],"__proto__":{"frames":[1]}}`;
  expect((await ask('', besides)).status).toBe(201);
  const many = [`{"x":${'['.repeat(700_000)}${']'.repeat(700_000)}}`, `{"x":[0${',0'.repeat(700_000)}]}`];
  for (const body of many) expect(await ask('', body)).toMatchObject({ status: 400, body: { code: 20422 } });
  const half = await ask('', '{"frames":["\\ud800"]}');
  expect(half).toMatchObject({ status: 400, body: { code: 20422 } });
});

test('A body is as large as what it is for may be.', async () => {
  const session = await open();
  const status = async (path: string, body: object, bytes: number) => {
    const text = JSON.stringify(body);
    return (await ask(path, text + ' '.repeat(bytes - text.length))).status;
  };
  const [kib, mib] = [1024, 1024 * 1024];
  const [send, receive, end] = [{ session, first: 2, frames: [] }, { session, after: 0 }, { session }];
  expect([await status('', {}, 2 * mib), await status('', {}, 2 * mib + 1)]).toEqual([201, 413]);
  expect([await status('/send', send, 4 * mib), await status('/send', send, 4 * mib + 1)]).toEqual([204, 413]);
  expect([await status('/receive', receive, 4 * kib), await status('/receive', receive, 4 * kib + 1)]).toEqual([
    200, 413,
  ]);
  expect([await status('/end', end, 4 * kib + 1), await status('/end', end, 4 * kib)]).toEqual([413, 204]);
});

test('Bodies that never end take only so much room, and none of those who send little.', async () => {
  const session = await open();
  const { hostname, port } = new URL(url);
  const begin = (headers: Record<string, string | number>) => {
    const begun = request({ hostname, port, path: `${realtimePollPath}/send`, method: 'POST', headers });
    begun.on('error', () => {}).write('{');
    return begun;
  };
  const declared = Array.from({ length: 15 }, () => begin({ 'Content-Length': 4 * 1024 * 1024 }));
  // Who does not say how much it is may send as much.
  const all = [...declared, begin({ 'Transfer-Encoding': 'chunked' })];
  const large = JSON.stringify({ session, first: 1, frames: [] }) + ' '.repeat(20_000);
  const send = () => fetch(`${url}/send`, { method: 'POST', body: large });
  let answer = await send();
  while (answer.status === 204) answer = await send();
  expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '5']);
  expect(await answer.json()).toMatchObject({ code: 20503 });
  expect((await ask('/send', { session, first: 1, frames: [] })).status).toBe(204);
  all.pop()?.destroy();
  while (answer.status === 503) answer = await send();
  expect(answer.status).toBe(204);
  for (const begun of all) begun.destroy();
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
  const texts = Array.from({ length: 700 }, (_unused, id) => frame(id, 'messages.send', { conversation: room }));
  const first = ask('/send', { session, first: 2, frames: texts });
  await asked.promise;
  const next = { session, first: 702, frames: [frame(700, 'ping', {})] };
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
  const conversation = await at.roomOf('ann');
  const session = await open();
  const typing = {
    type: 'typing',
    conversation,
    participant: `MB${'1'.repeat(32)}`,
    identity: 'b',
    user: 'b',
  } as const;
  // Their text alone is less than a client may leave unread.
  for (let n = 0; n < 30_000; n += 1) at.bus.signal(typing);
  expect((await ask('/receive', { session, after: 1 })).body.close).toMatchObject({ code: 4413 });
});

test('Of a client that takes no answers no more requests are carried out; they are when it goes on, and end with it.', async () => {
  const room = await at.roomOf('ann');
  const body = 'x'.repeat(30_000);
  for (let n = 0; n < 40; n += 1)
    await at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body });
  const session = await open();
  const list = frame(1, 'messages.list', { conversation: room, limit: 40 });
  await ask('/send', { session, first: 2, frames: [list] });
  const listed = await ask('/receive', { session, after: 1 });
  expect(listed.body.frames).toHaveLength(1);
  const pings = (first: number, many: number) =>
    ask('/send', { session, first, frames: Array.from({ length: many }, (_unused, id) => frame(id, 'ping', {})) });
  await pings(3, 1);
  expect((await ask('/receive', { session, after: 1 })).body.frames).toHaveLength(1);
  // The client says that it has the list.
  expect((await ask('/receive', { session, after: 2 })).body.frames).toHaveLength(1);
  await ask('/send', { session, first: 4, frames: [list] });
  const stuck = pings(5, 500);
  await ask('/receive', { session, after: 3 });
  expect((await ask('/end', { session })).status).toBe(204);
  expect((await stuck).status).toBe(204);
});
