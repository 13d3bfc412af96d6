import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { serveWeb, type WebServer } from '../web-server.ts';
import { PhoneLog, type PhoneMessage, type PhoneNews } from './phone-log.ts';
import { type PhoneNetwork, phoneNumberOf } from './phone-network.ts';
import { servePhones } from './serve-phones.ts';

const own = '+12025550142';
const ann = '+12025550123';

let clock: ManualClock;
let network: PhoneNetwork;
let server: WebServer;
beforeEach(async () => {
  clock = new ManualClock();
  const log = new PhoneLog(clock);
  network = {
    title: 'Pigeons',
    own: [own, '+12025550143'],
    phones: [ann, '+12025550124'],
    note: null,
    log,
    addressOf: (raw) => phoneNumberOf(raw),
    write: async (from, to, body) => log.write({ from, to, body }),
  };
  server = await serveWeb(servePhones(network, clock));
});
afterEach(() => server.close());

const arrive = (id: string, body: string, to = ann) => network.log.arrive(id, { from: own, to, body });
const path = (phone: string, query = '') => `/phones/${encodeURIComponent(phone)}/messages${query}`;

async function read(of: string): Promise<[number, { messages: PhoneMessage[]; message: string }]> {
  const answer = await fetch(server.url + of);
  return [answer.status, (await answer.json()) as { messages: PhoneMessage[]; message: string }];
}
async function write(body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  const answer = await fetch(server.url + path(ann), { method: 'POST', headers, body });
  return [answer.status, await answer.json()] as const;
}
/** With headers that `fetch` sets itself. */
function ask(headers: Record<string, string>, method = 'GET', of = path(ann)) {
  return new Promise<{ status: number | undefined; allowed: string | undefined; body: string }>((resolve, reject) => {
    const asked = request(server.url + of, { method, headers }, (response) => {
      const allowed = response.headers['access-control-allow-origin'];
      text(response).then((body) => resolve({ status: response.statusCode, allowed, body }), reject);
    });
    asked.once('error', reject).end();
  });
}

it('says what there is to begin with', async () => {
  const answer = await fetch(`${server.url}/phones`);
  expect(await answer.json()).toEqual({ title: 'Pigeons', own: network.own, phones: network.phones, note: null });
});

it('shows what is on a phone, in any spelling of its number, and nothing of others', async () => {
  arrive('1', 'hello');
  arrive('2', 'not for Ann', '+12025550124');
  await network.write(ann, own, 'hi');
  const [status, { messages }] = await read(path('+1 (202) 555-0123'));
  expect(status).toBe(200);
  const dateCreated = new Date(clock.now()).toISOString();
  expect(messages).toEqual([
    { id: 1, direction: 'in', from: own, to: ann, body: 'hello', media: [], status: 'sent', dateCreated },
    { id: 3, direction: 'out', from: ann, to: own, body: 'hi', media: [], status: 'sent', dateCreated },
  ]);
  expect((await read(path(ann, '?after=1')))[1].messages.map(({ body }) => body)).toEqual(['hi']);
});

it('shows what the network reported of a message', async () => {
  arrive('1', 'hello');
  network.log.report('1', ann, 'delivered');
  expect((await read(path(ann)))[1].messages).toMatchObject([{ body: 'hello', status: 'delivered' }]);
});

it('takes the same message of a provider for one', () => {
  const news: PhoneNews[] = [];
  network.log.onNews((one) => news.push(one));
  expect(arrive('1', 'hello')).toBe(arrive('1', 'hello'));
  expect(news).toHaveLength(1);
});

it('holds the answer back until there is something for this phone', async () => {
  const listening = listenedTo();
  const waiting = read(path(ann, '?wait=25'));
  await listening;
  arrive('1', 'for another', '+12025550124');
  arrive('2', 'for Ann');
  expect((await waiting)[1].messages).toMatchObject([{ body: 'for Ann' }]);
});

it('answers with nothing when the time is over', async () => {
  const listening = listenedTo();
  const waiting = read(path(ann, '?wait=25'));
  await listening;
  clock.advance(25_000);
  expect(await waiting).toEqual([200, { messages: [] }]);
});

/** Resolves when a request waits for news. */
function listenedTo(): Promise<void> {
  return new Promise((resolve) => {
    const { log } = network;
    const onNews = log.onNews.bind(log);
    log.onNews = (listener) => {
      // The appointment with the clock comes right after, in the same turn.
      queueMicrotask(resolve);
      return onNews(listener);
    };
  });
}

it('writes, to the first own address unless it says to which', async () => {
  expect(await write('{"body": "hello"}')).toMatchObject([
    201,
    { direction: 'out', from: ann, to: own, body: 'hello' },
  ]);
  expect(await write('{"body": "hello", "to": "+1 202 555 0143"}')).toMatchObject([201, { to: '+12025550143' }]);
});

it.each([
  ['{}', 400, 'body'],
  ['null', 400, 'body'],
  ['{"body": ""}', 400, 'body'],
  ['{"body": 7}', 400, 'body'],
  ['{"body": "x", "to": "+12025550199"}', 400, 'to: one of'],
  ['{"body": "x", "to": {}}', 400, 'to: one of'],
  ['{', 400, 'JSON'],
  [JSON.stringify({ body: 'x'.repeat(70_000) }), 413, 'bytes'],
])('does not take %.20s', async (body, status, word) => {
  expect(await write(body)).toEqual([status, { message: expect.stringContaining(word) }]);
  expect(network.log.messages(ann)).toEqual([]);
});

it.each([
  [path('hello'), 400],
  ['/phones/%E0%A4%A/messages', 400],
  [path(ann, '?after=-1'), 400],
  [path(ann, '?wait=26'), 400],
  ['/phones/x/y/z', 404],
])('answers %s with %i and why', async (of, status) => {
  expect(await read(of)).toEqual([status, { message: expect.any(String) }]);
});

it.each(['http://127.0.0.1:8010', 'http://localhost:5173', 'http://[::1]:8010'])(
  'lets the page %s ask',
  async (origin) => {
    expect(await ask({ origin })).toMatchObject({ status: 200, allowed: origin });
    const asking = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    expect(await ask(asking, 'OPTIONS')).toMatchObject({ status: 204, allowed: origin });
  },
);

it.each<Record<string, string>>([
  { origin: 'https://evil.example' },
  { origin: 'http://localhost.evil.example' },
  { origin: 'null' },
  { host: 'evil.example' },
])('shows and writes nothing for a page of elsewhere: %o', async (headers) => {
  arrive('1', 'a secret');
  const answer = await ask(headers);
  expect(answer).toMatchObject({ status: 403, allowed: undefined });
  expect(answer.body).not.toContain('secret');
  expect(await ask(headers, 'OPTIONS')).toMatchObject({ status: 403 });
});

it('takes no message that a page of elsewhere could post without asking', async () => {
  expect(await write('{"body": "hello"}', { 'content-type': 'text/plain' })).toMatchObject([415, {}]);
  expect(network.log.messages(ann)).toEqual([]);
});
