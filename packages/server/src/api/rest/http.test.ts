import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { limits } from '@colloquy/protocol';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OutcomeUnknown } from '../../storage/connection.ts';
import {
  authorization,
  basic,
  type Method,
  type OpenRest,
  openRest,
  testCredentials,
} from '../../testing/open-rest.ts';

let at: OpenRest;
beforeAll(async () => {
  at = await openRest();
  await at.post('/v1/Conversations', { UniqueName: 'here' });
});
afterAll(() => at.discard());

const anonymous = { headers: { authorization: '' } };

describe('Who may', () => {
  test.each<[string, Method, string]>([
    ['a list', 'GET', '/v1/Conversations'],
    ['a thing', 'GET', '/v1/Conversations/here'],
    ['a change', 'POST', '/v1/Conversations'],
    ['a removal', 'DELETE', '/v1/Conversations/here'],
    ['a path that is not there', 'GET', '/v1/Nowhere'],
    ['a method that is not allowed', 'PUT', '/v1/Conversations'],
    ['a thing that is not there', 'GET', '/v1/Conversations/nowhere'],
  ])('Without credentials nothing is told of %s.', async (_what, method, path) => {
    const events = await at.eventsOf(async () => {
      const answer = await at.ask(method, path, anonymous);
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        code: 20003,
        message: 'Authenticate',
        more_info: 'https://www.twilio.com/docs/errors/20003',
        status: 401,
      });
      expect(answer.headers['www-authenticate']).toMatch(/^Basic /);
    });
    expect(events).toEqual([]);
  });

  test('With wrong credentials a change is refused and does not happen.', async () => {
    const headers = { authorization: basic(testCredentials.accountSid, 'wrong') };
    const form = { UniqueName: 'from a stranger' };
    expect(await at.ask('POST', '/v1/Conversations', { headers, form })).toMatchObject({ status: 401 });
    expect(await at.ask('GET', '/v1/Conversations/from%20a%20stranger')).toMatchObject({ status: 404 });
  });

  test('With the API key a change is made.', async () => {
    const headers = { authorization: authorization.byApiKey };
    const answer = await at.ask('POST', '/v1/Conversations', { headers, form: { UniqueName: 'by key' } });
    expect(answer).toMatchObject({ status: 201, body: { account_sid: testCredentials.accountSid } });
  });
});

describe('Paths', () => {
  test.each<[string, string]>([
    ['/v1', ''],
    ['/v1/', '/'],
    ['/v1/Nowhere', '/Nowhere'],
    ['/v1/conversations', '/conversations'],
    ['/v1/Conversations/', '/Conversations/'],
    ['/v1//Conversations', '//Conversations'],
    ['/v1/Conversations/here/', '/Conversations/here/'],
    ['/v1/Conversations/nowhere?PageSize=1', '/Conversations/nowhere'],
    ['/v1/Conversations/n%C3%B6%20where', '/Conversations/n%C3%B6%20where'],
    ['/v1/Conversations/%', '/Conversations/%'],
    ['/v1/Conversations/%zz', '/Conversations/%zz'],
    ['/v1/Conversations/%ff', '/Conversations/%ff'],
    ['/v1/Conversations/here%00', '/Conversations/here%00'],
    [`/v1/Conversations/${'x'.repeat(4000)}`, `/Conversations/${'x'.repeat(4000)}`],
    ['/v1/Services/nothing/Users/bob', '/Services/nothing/Users/bob'],
    [`/v1/Services/IS${'0'.repeat(32)}/Users`, `/Services/IS${'0'.repeat(32)}/Users`],
    ['/v2/Conversations', '/v2/Conversations'],
    ['/', '/'],
  ])('%s is not found, and the message names it as it was sent.', async (path, named) => {
    expect(await at.ask('GET', path)).toMatchObject({
      status: 404,
      body: { code: 20404, message: `The requested resource ${named} was not found`, status: 404 },
    });
  });

  test.each<[Method, string, string]>([
    ['PUT', '/v1/Conversations', 'GET, POST, OPTIONS'],
    ['PATCH', '/v1/Conversations/here', 'GET, POST, DELETE, OPTIONS'],
    ['DELETE', '/v1/Conversations', 'GET, POST, OPTIONS'],
    ['POST', '/v1/ParticipantConversations', 'GET, OPTIONS'],
    ['DELETE', '/v1/Configuration', 'GET, POST, OPTIONS'],
    ['HEAD', '/v1/Configuration', 'GET, POST, OPTIONS'],
    ['PROPFIND' as Method, '/v1/Users/bob/Conversations', 'GET, OPTIONS'],
  ])('%s %s is not allowed; the answer says what is.', async (method, path, allow) => {
    const answer = await at.ask(method, path, { headers: { 'content-type': 'application/json' } });
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe(allow);
    if (method !== 'HEAD') expect(answer.body).toMatchObject({ code: 20004, status: 405 });
  });

  test('What is wrong with the path is told before what is wrong with the parameters.', async () => {
    const wrong = { form: 'Attributes=x&Order=1&Body=%' };
    for (const path of ['Messages', 'Participants', 'Messages/x', 'Participants/x']) {
      const answer = await at.ask('POST', `/v1/Conversations/nowhere/${path}`, wrong);
      expect(answer, path).toMatchObject({ status: 404, body: { code: 20404 } });
    }
    expect(await at.ask('POST', `/v1/Services/IS0/Users`, wrong)).toMatchObject({ status: 404 });
    expect(await at.ask('GET', '/v1/Conversations/nowhere/Messages?Order=x')).toMatchObject({ status: 404 });
  });
});

describe('Browsers', () => {
  test('A page asks before it sends credentials, and is told what it may.', async () => {
    const headers = { authorization: '', origin: 'https://example.org', 'access-control-request-method': 'POST' };
    const answer = await at.ask('OPTIONS', '/v1/Conversations/here', { headers });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
      'access-control-allow-headers': 'Content-Type, Authorization, Idempotency-Key',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'X-Request-Id, Idempotency-Replayed, Retry-After',
      allow: 'GET, POST, DELETE, OPTIONS',
    });
  });

  test('It may read answers, errors too.', async () => {
    for (const asked of [{}, anonymous]) {
      const { headers } = await at.ask('GET', '/v1/Configuration', asked);
      expect(headers['access-control-allow-origin']).toBe('*');
    }
    expect((await at.ask('GET', '/v1/Nowhere')).headers['access-control-allow-origin']).toBe('*');
  });
});

test('Every answer carries the id of its request, which no other has.', async () => {
  const ids = new Set<unknown>();
  const paths = ['/v1/Configuration', '/v1/Conversations/nowhere', '/v1/Nowhere', '/v1/%', '/elsewhere'];
  for (const path of paths) {
    const { headers } = await at.ask('GET', path);
    expect(headers['x-request-id'], path).toMatch(/^RQ[0-9a-f]{32}$/);
    ids.add(headers['x-request-id']);
  }
  expect(ids.size).toBe(paths.length);
});

describe('Bodies', () => {
  const path = '/v1/Conversations';
  const type = (value: string) => ({ headers: { 'content-type': value } });

  test.each([
    ['no body and no type', undefined, undefined],
    ['no body, with a type', '', type('application/x-www-form-urlencoded')],
    ['a form', 'FriendlyName=x', type('application/x-www-form-urlencoded')],
    ['a form with parameters of its type', 'FriendlyName=x', type('Application/X-WWW-Form-Urlencoded; charset=UTF-8')],
    ['fields that nobody knows', 'friendlyName=x&__proto__=y&constructor=z', undefined],
  ])('Accepted: %s.', async (_what, form, asked) => {
    expect(await at.ask('POST', path, { ...(form !== undefined && { form }), ...asked })).toMatchObject({
      status: 201,
    });
  });

  test.each<[string, string, Record<string, string>, number, number]>([
    ['JSON', '{"FriendlyName":"x"}', { 'content-type': 'application/json' }, 415, 20415],
    ['no type', 'FriendlyName=x', { 'content-type': '' }, 415, 20415],
    ['a type that is none', 'FriendlyName=x', { 'content-type': '???' }, 415, 20415],
    ['another type', 'FriendlyName=x', { 'content-type': 'text/plain' }, 415, 20415],
    ['a compressed body', 'FriendlyName=x', { 'content-encoding': 'gzip' }, 415, 20415],
    ['a body that is too large', `FriendlyName=${'x'.repeat(limits.requestBodyBytes)}`, {}, 413, 20413],
    ['broken escapes', 'FriendlyName=%zz', {}, 400, 20422],
    ['U+0000', 'FriendlyName=%00', {}, 400, 20422],
    ['a name twice that means one value', 'FriendlyName=x&FriendlyName=y', {}, 400, 20422],
  ])('Refused: %s.', async (_what, form, headers, status, code) => {
    const events = await at.eventsOf(async () => {
      expect(await at.ask('POST', path, { form, headers })).toMatchObject({ status, body: { code, status } });
    });
    expect(events).toEqual([]);
  });

  test('Text that cannot be stored is refused by the name of its parameter, in forms, queries and JSON.', async () => {
    const refused = async (method: 'GET' | 'POST', where: string, asked: object, parameter: string) => {
      const { body } = await at.ask(method, where, asked);
      expect(body).toMatchObject({ code: 20422, status: 400, message: expect.stringContaining(parameter) });
    };
    const json = (text: string) => ({ form: text, headers: { 'content-type': 'application/json' } });
    await refused('POST', path, { form: 'FriendlyName=a%00b' }, 'FriendlyName');
    await refused('GET', `${path}?PageToken=%00`, {}, 'PageToken');
    await refused(
      'POST',
      '/v1/Content',
      json('{"language":"en","types":{"twilio/text":{"body":"\\u0000"}}}'),
      'types.twilio/text.body',
    );
    await refused(
      'POST',
      '/v1/x/senders',
      json('{"type":"twilio","config":{"authToken":"\\ud800"}}'),
      'config.authToken',
    );
  });

  test.each([
    '/%00',
    '/v1/%00',
    '/v1/x/%00',
    '/v1/x/senders/%00',
    '/v1/media/%00',
    '/v1/Services/%00/Media/x',
    '/v1/Services/%00/Users',
  ])('No path with U+0000 leads anywhere: %s.', async (where) => {
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      expect((await at.ask(method, where)).body).toMatchObject({ code: 20404, status: 404 });
    }
  });

  test('A body that a removal brings along is not looked at.', async () => {
    const { sid } = await at.post(path);
    const asked = { form: '{}', headers: { 'content-type': 'application/json' } };
    expect(await at.ask('DELETE', `${path}/${sid}`, asked)).toMatchObject({ status: 204, body: '' });
  });
});

describe('URLs in answers', () => {
  const urlFor = async (publicUrl: string | null, headers: Record<string, string>) => {
    const other = await openRest({ publicUrl });
    try {
      return (await other.ask('GET', '/v1/Configuration', { headers })).body.url;
    } finally {
      await other.discard();
    }
  };

  test('begin with the configured address, whatever the request says.', async () => {
    expect(await urlFor('https://chat.example.com/api', { host: 'evil.example' })).toBe(
      'https://chat.example.com/api/v1/Configuration',
    );
  });

  test.each<[Record<string, string>, string]>([
    [{ host: 'localhost:8010' }, 'http://localhost:8010'],
    [{ host: '[::1]:8010' }, 'http://[::1]:8010'],
    [{ host: 'chat.example.com', 'x-forwarded-proto': 'https' }, 'https://chat.example.com'],
    [{ host: 'chat.example.com', 'x-forwarded-proto': 'https, http' }, 'https://chat.example.com'],
    [{ host: 'chat.example.com', 'x-forwarded-proto': 'javascript' }, 'http://chat.example.com'],
    [{ host: 'a/b?c#d' }, 'http://localhost:80'],
  ])('are else those that the request was sent to: %j', async (headers, url) => {
    expect(await urlFor(null, headers)).toBe(`${url}/v1/Configuration`);
  });
});

describe('On a socket', () => {
  let port: number;
  let listening: OpenRest;
  beforeAll(async () => {
    listening = await openRest({ publicUrl: null });
    port = Number(new URL((await listening.server.listen()).url).port);
  });
  afterAll(() => listening.discard());

  const send = async (request: string) => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(request);
    const answer = await text(socket);
    return { status: Number(answer.split(' ')[1]), body: JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) };
  };
  const head = `Host: x\r\nConnection: close\r\nAuthorization: ${authorization.byAccount}\r\n`;

  test.each<[string, string, number, number]>([
    ['a header that is too long', `GET /v1 HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 20413],
    ['what is not HTTP', 'hello\r\n\r\n', 400, 20422],
    ['a length that is none', `POST /v1/Users HTTP/1.1\r\n${head}Content-Length: x\r\n\r\n`, 400, 20422],
    ['two lengths', `POST /v1/Users HTTP/1.1\r\n${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400, 20422],
    [
      'a chunk that is none',
      `POST /v1/Users HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
      400,
      20422,
    ],
    [
      'too much in chunks',
      `POST /v1/Users HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n80000\r\n${'x'.repeat(0x80000)}\r\n0\r\n\r\n`,
      413,
      20413,
    ],
    ['a path in bytes that are not ASCII', `GET /v1/Users/é HTTP/1.1\r\n${head}\r\n`, 400, 20422],
  ])('Refused: %s.', async (_what, request, status, code) => {
    expect(await send(request)).toMatchObject({ status, body: { code } });
  });

  test.each([
    ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAEAAEAA'],
    ['Connection: upgrade', 'Upgrade: TLS/1.2'],
  ])('A request that offers another protocol besides is answered in this one: %s, %s.', async (...headers) => {
    const body = 'UniqueName=offered';
    const form = `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}`;
    const offer = `POST /v1/Conversations HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization.byAccount}\r\n${headers.join('\r\n')}\r\n${form}\r\n\r\n${body}`;
    const socket = connect(port, '127.0.0.1');
    socket.write(offer);
    const [first] = await once(socket, 'data');
    expect(String(first)).toMatch(/^HTTP\/1.1 201/);
    socket.write(`DELETE /v1/Conversations/offered HTTP/1.1\r\n${head}\r\n`);
    expect(await text(socket)).toMatch(/HTTP\/1.1 204/);
  });

  test('The absolute form of a request is understood.', async () => {
    const { status, body } = await send(`GET http://x/v1/Configuration HTTP/1.1\r\n${head}\r\n`);
    expect(status).toBe(200);
    expect(body.url).toBe('http://x/v1/Configuration');
    const { body: error } = await send(`GET http://x/v1/Nowhere HTTP/1.1\r\n${head}\r\n`);
    expect(error.message).toBe('The requested resource /Nowhere was not found');
  });
});

test('What is under way when the server stops is done, and whoever has more to ask is told to ask elsewhere.', async () => {
  const stopping = await openRest({ publicUrl: null });
  const { port } = new URL((await stopping.server.listen()).url);
  const socket = connect(Number(port), '127.0.0.1');
  const body = 'FriendlyName=x';
  const head = [
    'POST /v1/Services HTTP/1.1',
    'Host: x',
    `Authorization: ${authorization.byAccount}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
  ].join('\r\n');
  socket.write(`${head}\r\nExpect: 100-continue\r\n\r\n`);
  const [interim] = await once(socket, 'data');
  expect(String(interim)).toContain('100 Continue');
  const answers = text(socket);
  const closed = stopping.discard();
  socket.write(`${body}${head}\r\n\r\n${body}`);
  const answered = await answers;
  // RFC 9112, section 9.6: nothing that was sent behind that one is answered.
  expect(answered.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 201']);
  expect(answered).toMatch(/^connection: close\r$/im);
  await closed;
});

test('A change of which nobody can say whether it has happened is answered with 504, and no time to come again.', async () => {
  const broken = await openRest();
  try {
    const run = () => Promise.reject(new OutcomeUnknown('PostgreSQL went away.'));
    Object.defineProperty(broken.server.core, 'run', { value: run });
    const answer = await broken.ask('POST', '/v1/Conversations', { form: { UniqueName: 'perhaps' } });
    expect(answer).toMatchObject({ status: 504, body: { code: 20504, status: 504 } });
    expect(answer.headers).not.toHaveProperty('retry-after');
  } finally {
    await broken.discard();
  }
});

test('What the server did not expect is logged under the id of the request and told to nobody.', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'error', errorKey: 'error' }, { write: (line: string) => lines.push(line) });
  const broken = await openRest({}, logger);
  try {
    Object.defineProperty(broken.server.core.db, 'first', { value: () => Promise.reject(new Error('disk on fire')) });
    const answer = await broken.ask('GET', '/v1/Conversations/secret?x=secret');
    expect(answer).toMatchObject({ status: 500, body: { code: 20500, message: 'Internal server error', status: 500 } });
    // What else reads the database complains as well.
    const entries = lines.map((line) => JSON.parse(line)).filter((entry) => 'request' in entry);
    expect(entries).toEqual([
      expect.objectContaining({
        error: expect.objectContaining({ message: 'disk on fire' }),
        request: answer.headers['x-request-id'],
        method: 'GET',
        path: '/v1/Conversations/secret',
      }),
    ]);
  } finally {
    await broken.discard();
  }
});
