import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { limits } from '@colloquy/protocol';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OpenMedia, openMediaServer, png } from '../../testing/open-media.ts';
import { authorization } from '../../testing/open-rest.ts';
import { turnsWhile } from '../../testing/turns.ts';
import { uploadsAtOnce } from './under-way.ts';

const mediaBytes = 200_000;
let at: OpenMedia;
let path: string;
let before: string[];
const logged: string[] = [];
beforeAll(async () => {
  const logger = pino({ level: 'warn', errorKey: 'error' }, { write: (line: string) => logged.push(line) });
  at = await openMediaServer({ limits: { ...limits, mediaBytes } }, logger);
  path = `/v1/Services/${at.service}/Media`;
});
beforeEach(() => {
  before = at.files();
});
afterAll(async () => {
  await at.discard();
  // That callers hang up, or send what is refused, is no trouble of the server's.
  expect(logged).toEqual([]);
});

const post = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}, query = '') =>
  at.fetch(path + query, { method: 'POST', body, headers });

const rows = async (table: 'media' | 'media_sweeps') =>
  (await at.server.core.db.sql.selectFrom(table).select('sid').execute()).map((row) => row.sid);

/** Resolves when what came to nothing is cleared away: the files are those from before the test. */
async function nothingIsLeft(): Promise<void> {
  while (at.files().length !== before.length || (await rows('media_sweeps')).length > 0) {
    await new Promise(setImmediate);
  }
  expect(at.files()).toEqual(before);
}

const formType = 'multipart/form-data; boundary=x';
/** Of a form, without its end. */
const part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n';
const endless = (bytes: string) => `--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n${bytes}`;

describe('Refused, and nothing is kept', () => {
  const html = '<html><script>alert(1)</script></html>';
  test.each<[string, NonNullable<RequestInit['body']>, Record<string, string>, string, number, number]>([
    ['a type that is none', png, { 'content-type': 'picture' }, '', 400, 50511],
    ['a page that calls itself a picture', html, { 'content-type': 'image/png' }, '', 400, 50511],
    ['one byte too many', Buffer.alloc(mediaBytes + 1), {}, '', 400, 50512],
    ['a compressed body', png, { 'content-encoding': 'gzip' }, '', 415, 20415],
    ['an unknown category', png, {}, '?Category=virus', 400, 20422],
    ['two names', png, {}, '?Filename=a&Filename=b', 400, 20422],
    ['a name with a broken escape', png, {}, '?Filename=%zz', 400, 20422],
    ['a form without a boundary', png, { 'content-type': 'multipart/form-data' }, '', 400, 20422],
    ['a form that is none', png, { 'content-type': 'multipart/form-data; boundary=x' }, '', 400, 20422],
    ['a form that ends within a small file', endless('x'), { 'content-type': formType }, '', 400, 20422],
    [
      'a form that ends within a large file',
      endless('x'.repeat(mediaBytes / 2)),
      { 'content-type': formType },
      '',
      400,
      20422,
    ],
    [
      'a form of more parts than are looked at',
      `${endless('x')}\r\n${part.repeat(30)}--x--`,
      { 'content-type': formType },
      '',
      400,
      20422,
    ],
    ['a form without a file', form(['note', 'x']), {}, '', 400, 20422],
    ['a form with two files', form(['a', new File([png], 'a')], ['b', new File([png], 'b')]), {}, '', 400, 20422],
    ['a form with too large a file', form(['a', new File([Buffer.alloc(mediaBytes + 1)], 'a')]), {}, '', 400, 50512],
    ['a form with a page as a picture', form(['a', new File([html], 'a', { type: 'image/png' })]), {}, '', 400, 50511],
  ])('%s.', async (_what, body, headers, query, status, code) => {
    const known = await rows('media');
    const answer = await post(body, headers, query);
    expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ code, status })]);
    await nothingIsLeft();
    expect(await rows('media')).toEqual(known);
  });

  test('too much, of a length that nobody said before.', async () => {
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(16 * 1024)) });
    const init = { method: 'POST', body: endless, duplex: 'half' } as RequestInit;
    const answer = await at.fetch(path, init);
    expect([answer.status, (await answer.json()).code]).toEqual([400, 50512]);
    await nothingIsLeft();
  });

  function form(...fields: [string, string | File][]): FormData {
    const data = new FormData();
    for (const [name, value] of fields) data.append(name, value);
    return data;
  }
});

describe('Accepted', () => {
  test('as much as there may be, and nothing at all.', async () => {
    for (const size of [mediaBytes, 0]) {
      const resource = await at.upload(Buffer.alloc(size, 'x'), 'text/plain');
      expect(resource.size).toBe(size);
      expect((await (await at.fetch(resource.links.content)).arrayBuffer()).byteLength).toBe(size);
    }
  });

  test('a body without a type, which its content tells.', async () => {
    const answer = await post(png);
    expect(await answer.json()).toMatchObject({ content_type: 'image/png', filename: null });
  });

  test.each([
    ['..%2F..%2F..%2Fetc%2Fpasswd', 'passwd'],
    ['a%0D%0ASet-Cookie%3A+x%3Dy.png', 'aSet-Cookie: x=y.png'],
    ['%22%3B+filename%3Devil.exe', '"; filename=evil.exe'],
    ['%F0%9F%98%80.png', '😀.png'],
  ])('a name like %s, as a name only.', async (given, filename) => {
    const resource = await at.upload(png, 'image/png', { query: `?Filename=${given}` });
    expect(resource.filename).toBe(filename);
    expect(at.files()).toContain(resource.sid);
    const { headers } = await at.fetch(resource.links.content);
    expect(headers.get('set-cookie')).toBeNull();
    expect(headers.get('content-disposition')).toMatch(/^inline; filename="[^"]*"; filename\*=UTF-8''[^;"\s]+$/);
  });

  test('other categories, as parts of an e-mail.', async () => {
    const resource = await at.upload('<p>hello', 'text/html', { query: '?Category=body' });
    expect(resource).toMatchObject({ category: 'body', content_type: 'text/html' });
  });
});

describe('On a socket', () => {
  const open = async (head: string, body: string | Buffer) => {
    const socket = connect(Number(new URL(at.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization.byAccount}\r\n${head}\r\n\r\n`);
    socket.write(body);
    return socket;
  };
  const statusesOf = (answers: string) => answers.match(/HTTP\/1.1 \d+/g);

  test.each([
    ['a body', 'Content-Type: image/png\r\nContent-Length: 100000', Buffer.concat([png, Buffer.alloc(50_000)])],
    ['a body of unknown length', 'Transfer-Encoding: chunked', `c350\r\n${'x'.repeat(50_000)}\r\n`],
    [
      'a form',
      'Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000',
      `--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n${'x'.repeat(50_000)}`,
    ],
    ['a form before its file', 'Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000', '--x\r\n'],
    ['a body before it says what it is', 'Content-Length: 100000', 'x'],
  ])('%s that breaks off leaves nothing.', async (_what, head, body) => {
    const known = await rows('media');
    const socket = await open(head, body);
    // It has begun: a file is there, or the first bytes have been read.
    if (body.length > 10_000) while (at.files().length === before.length) await new Promise(setImmediate);
    socket.destroy();
    await nothingIsLeft();
    expect(await rows('media')).toEqual(known);
  });

  test('What is longer than it said is not part of the file, but the next request.', async () => {
    const next = 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const socket = await open('Content-Type: text/plain\r\nContent-Length: 5', `hello${next}`);
    const answers = await text(socket);
    expect(statusesOf(answers)).toEqual(['HTTP/1.1 201', 'HTTP/1.1 200']);
    expect(answers).toContain('"size":5,');
  });

  test('What cannot become a file is refused before it has arrived; the rest of it is no request.', async () => {
    const socket = await open(`Content-Length: ${mediaBytes + 1}`, '');
    const [first] = await once(socket, 'data');
    expect(String(first)).toMatch(/^HTTP\/1.1 400/);
    const rest = text(socket);
    socket.write(Buffer.alloc(mediaBytes + 1, 'x'));
    socket.write('GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(statusesOf(await rest)).toEqual(['HTTP/1.1 200']);
    await nothingIsLeft();
  });

  test('A file may take longer than a minute, another body may not.', async () => {
    const slow = await open('Content-Type: text/plain\r\nContent-Length: 10\r\nConnection: close', 'hello');
    const json = 'Content-Type: application/json\r\nContent-Length: 10';
    const other = connect(Number(new URL(at.url).port), '127.0.0.1');
    await once(other, 'connect');
    const head = `Host: x\r\nAuthorization: ${authorization.byAccount}\r\n${json}`;
    other.write(`POST /v1/x/sandbox/phones/1/messages HTTP/1.1\r\n${head}\r\n\r\n{`);
    const answers = text(other);
    // Both have begun when what came after them was answered.
    await at.fetch('/health');
    at.clock.advance(60_000);
    expect(statusesOf(await answers)).toEqual(['HTTP/1.1 408']);
    slow.write('hello');
    expect(statusesOf(await text(slow))).toEqual(['HTTP/1.1 201']);
  });

  test('A user sends so many at a time; others are not held up, and when one of his ends there is room.', async () => {
    const anns = `X-Twilio-Token: ${await at.token('ann')}\r\nContent-Type: text/plain\r\nContent-Length: 10000`;
    const half = 'x'.repeat(5000);
    const sockets = await Promise.all(Array.from({ length: uploadsAtOnce }, () => open(anns, half)));
    await turnsWhile(() => at.files().length < before.length + uploadsAtOnce);
    const send = async (identity: string) => post('x', { 'x-twilio-token': await at.token(identity) });
    const refused = await send('ann');
    expect([refused.status, (await refused.json()).code, refused.headers.get('retry-after')]).toEqual([
      429,
      20429,
      '1',
    ]);
    expect((await send('bob')).status).toBe(201);
    expect((await post('x')).status).toBe(201);
    sockets[0]?.write(half);
    await once(sockets[0] as Socket, 'data');
    expect((await send('ann')).status).toBe(201);
    for (const socket of sockets) socket.destroy();
    before = at.files().filter((name) => !name.endsWith('.part'));
    await nothingIsLeft();
    expect(
      (await Promise.all(Array.from({ length: uploadsAtOnce }, () => send('ann')))).map(({ status }) => status),
    ).toEqual(Array.from({ length: uploadsAtOnce }, () => 201));
  });

  test('Who goes on sending what was refused is cut off after a while.', async () => {
    const socket = await open(`Content-Length: ${mediaBytes + 1}`, '');
    await once(socket, 'data');
    const ended = text(socket);
    at.clock.advance(30_000);
    expect(await ended).toBe('');
  });
});
