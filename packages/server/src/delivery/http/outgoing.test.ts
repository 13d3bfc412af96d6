import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import type { Resolve } from './guard.ts';
import { Outgoing, type OutgoingOptions, type OutgoingRequest } from './outgoing.ts';
import type { SendFailure } from './send-failure.ts';

const opened: (Outgoing | Server)[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) {
    if (one instanceof Outgoing) await one.close();
    else {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
  }
});

const clock = new ManualClock();

function open(options: Partial<OutgoingOptions> = {}): Outgoing {
  const outgoing = new Outgoing({ clock, networks: ['127.0.0.1'], ...options });
  opened.push(outgoing);
  return outgoing;
}

/** @returns its port */
async function serve(listener: RequestListener, host = '127.0.0.1', port = 0): Promise<number> {
  const server = createServer(listener);
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return (server.address() as AddressInfo).port;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}

function get(outgoing: Outgoing, url: string, more: Partial<OutgoingRequest> = {}) {
  return outgoing.send({ url, method: 'GET', timeoutMs: 5000, maxAnswerBytes: 1000, ...more });
}

async function failureOf(sending: Promise<unknown>): Promise<Pick<SendFailure, 'kind' | 'message'>> {
  const error = await sending.then(
    () => undefined,
    (reason: SendFailure) => reason,
  );
  return { kind: error?.kind as SendFailure['kind'], message: error?.message as string };
}

it('sends what it is given, and gives back what came', async () => {
  const seen: unknown[] = [];
  const port = await serve(async (request, response) => {
    const { method, url, headers } = request;
    seen.push({ method, url, kind: headers['content-type'], host: headers.host, body: await textOf(request) });
    response.writeHead(201, { 'X-Answer': 'yes' }).end('Grüße');
  });
  const answer = await open().send({
    url: `http://127.0.0.1:${port}/a/b?c=d&e#fragment`,
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'hello',
    timeoutMs: 5000,
    maxAnswerBytes: 1000,
  });
  expect(seen).toEqual([
    { method: 'POST', url: '/a/b?c=d&e', kind: 'text/plain', host: `127.0.0.1:${port}`, body: 'hello' },
  ]);
  expect(answer).toMatchObject({ status: 201, headers: { 'x-answer': 'yes' } });
  expect(answer.body.toString()).toBe('Grüße');
});

it('sends user and password of the URL as Basic authentication, and none without them', async () => {
  const seen: unknown[] = [];
  const port = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.end();
  });
  const outgoing = open();
  await get(outgoing, `http://j%C3%A4ger:s%3Acret@127.0.0.1:${port}/`);
  await get(outgoing, `http://127.0.0.1:${port}/`);
  expect(seen).toEqual([`Basic ${Buffer.from('jäger:s:cret').toString('base64')}`, undefined]);
});

it('does not follow a redirect, whose target nobody has checked', async () => {
  let requests = 0;
  const port = await serve((_request, response) => {
    requests += 1;
    response.writeHead(302, { Location: `http://127.0.0.1:${port}/secret` }).end();
  });
  expect(await get(open(), `http://127.0.0.1:${port}/`)).toMatchObject({ status: 302 });
  expect(requests).toBe(1);
});

it.each([
  ['http://127.0.0.1:{port}/', '127.0.0.1'],
  ['http://127.1:{port}/', '127.0.0.1'],
  ['http://0x7f000001:{port}/', '127.0.0.1'],
  ['http://2130706433:{port}/', '127.0.0.1'],
  ['http://0:{port}/', '0.0.0.0'],
  ['http://[::1]:{port}/', '::1'],
  ['http://[::ffff:127.0.0.1]:{port}/', '::ffff:7f00:1'],
  ['http://[64:ff9b::127.0.0.1]:{port}/', '64:ff9b::7f00:1'],
])('does not call %s', async (url, address) => {
  let requests = 0;
  const port = await serve((_request, response) => {
    requests += 1;
    response.end();
  });
  const failure = await failureOf(get(open({ networks: [] }), url.replace('{port}', `${port}`)));
  expect(failure.kind).toBe('blocked');
  expect(failure.message).toMatch(address);
  expect(requests).toBe(0);
});

it('does not call what is neither http nor https, or no URL', async () => {
  const outgoing = open();
  for (const url of ['ftp://127.0.0.1/', 'file:///etc/passwd', 'gopher://127.0.0.1/', 'data:,x', 'example.com', '']) {
    expect((await failureOf(get(outgoing, url))).kind).toBe('blocked');
  }
});

it('does not call a name with an address that must not be called, whichever of them it is', async () => {
  const answers = [['10.0.0.1'], ['127.0.0.1', '10.0.0.1'], ['::1'], ['8.8.8.8', '169.254.169.254']];
  const resolve: Resolve = async () =>
    (answers.shift() ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const outgoing = open({ resolve });
  for (const blocked of ['10.0.0.1', '10.0.0.1', '::1', '169.254.169.254']) {
    const failure = await failureOf(get(outgoing, 'http://app.example.com/'));
    expect(failure.kind).toBe('blocked');
    expect(failure.message).toMatch(`app.example.com leads to ${blocked}`);
  }
});

it('does not call localhost by its name', async () => {
  const port = await serve((_request, response) => response.end());
  expect((await failureOf(get(open({ networks: [] }), `http://localhost:${port}/`))).kind).toBe('blocked');
});

it('connects to the address that was checked: a name that changes in between gains nothing', async () => {
  const reached: string[] = [];
  const note = (name: string) => (_request: IncomingMessage, response: ServerResponse) => {
    reached.push(name);
    // Each request has to look the name up.
    response.writeHead(200, { Connection: 'close' }).end();
  };
  const port = await serve(note('allowed'));
  await serve(note('forbidden'), '127.0.0.2', port);
  const answers = ['127.0.0.1', '127.0.0.2', '127.0.0.2'];
  let asked = 0;
  const resolve: Resolve = async () => [{ address: answers[asked++] ?? '', family: 4 }];
  const outgoing = open({ resolve });
  const url = `http://rebinding.example.com:${port}/`;
  expect(await get(outgoing, url)).toMatchObject({ status: 200 });
  expect(asked).toBe(1);
  expect((await failureOf(get(outgoing, url))).kind).toBe('blocked');
  expect(asked).toBe(2);
  expect(reached).toEqual(['allowed']);
});

it('gives up when the time is over, before or within the answer', async () => {
  for (const begin of [() => {}, (response: ServerResponse) => response.write('so far')]) {
    const arrived = Promise.withResolvers<void>();
    const port = await serve((_request, response) => {
      begin(response);
      arrived.resolve();
    });
    const failing = failureOf(get(open(), `http://127.0.0.1:${port}/`, { timeoutMs: 700 }));
    await arrived.promise;
    clock.advance(699);
    clock.advance(1);
    expect(await failing).toEqual({ kind: 'timeout', message: 'No whole answer within 700 ms.' });
  }
});

it('gives up while the name is still looked up', async () => {
  const asked = Promise.withResolvers<void>();
  const resolve: Resolve = () => {
    asked.resolve();
    return new Promise(() => {});
  };
  const failing = failureOf(get(open({ resolve }), 'http://slow.example.com/'));
  await asked.promise;
  clock.advance(5000);
  expect((await failing).kind).toBe('timeout');
});

it('sends nothing over a connection that stands only after it gave up', async () => {
  const paths: unknown[] = [];
  const connected = Promise.withResolvers<void>();
  const port = await serve((request, response) => {
    paths.push(request.url);
    response.end();
  });
  const server = opened.at(-1) as Server;
  server.once('connection', () => connected.resolve());
  const found = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const resolve: Resolve = async () => {
    asked.resolve();
    await found.promise;
    return [{ address: '127.0.0.1', family: 4 }];
  };
  const outgoing = open({ resolve });
  const failing = failureOf(get(outgoing, `http://late.example.com:${port}/late`));
  await asked.promise;
  clock.advance(5000);
  expect((await failing).kind).toBe('timeout');
  found.resolve();
  await connected.promise;
  expect(await get(outgoing, `http://late.example.com:${port}/next`)).toMatchObject({ status: 200 });
  expect(paths).toEqual(['/next']);
});

it('gives up when the caller does', async () => {
  const arrived = Promise.withResolvers<void>();
  const port = await serve(() => arrived.resolve());
  const outgoing = open();
  const caller = new AbortController();
  const failing = failureOf(get(outgoing, `http://127.0.0.1:${port}/`, { signal: caller.signal }));
  await arrived.promise;
  caller.abort();
  expect((await failing).kind).toBe('cancelled');
  const again = get(outgoing, `http://127.0.0.1:${port}/`, { signal: caller.signal });
  expect((await failureOf(again)).kind).toBe('cancelled');
});

it('takes an answer up to its limit, and not one byte more', async () => {
  const port = await serve((request, response) => response.end('x'.repeat(Number(request.url?.slice(1)))));
  const outgoing = open();
  expect((await get(outgoing, `http://127.0.0.1:${port}/1000`)).body.length).toBe(1000);
  expect((await failureOf(get(outgoing, `http://127.0.0.1:${port}/1001`))).kind).toBe('tooLarge');
});

it('sends a body piece by piece as it comes, and destroys it also when nothing is sent', async () => {
  const bodies: string[] = [];
  const port = await serve(async (request, response) => {
    bodies.push(`${request.headers['content-length']} ${await textOf(request)}`);
    response.end();
  });
  const url = `http://127.0.0.1:${port}/`;
  const body = Readable.from([Buffer.from('one, '), Buffer.from('two')]);
  const headers = { 'content-length': '8' };
  await get(open(), url, { method: 'POST', headers, body });
  expect(bodies).toEqual(['8 one, two']);
  expect(body.destroyed).toBe(true);
  const unsent = Readable.from(['x']);
  expect((await failureOf(get(open({ networks: [] }), url, { method: 'POST', body: unsent }))).kind).toBe('blocked');
  expect(unsent.destroyed).toBe(true);
});

describe('An answer that is opened', () => {
  const openAt = (outgoing: Outgoing, url: string, more: Partial<OutgoingRequest> = {}) =>
    outgoing.open({ url, method: 'GET', timeoutMs: 5000, maxAnswerBytes: 1000, ...more });

  it('is there with its headers, and its body comes later', async () => {
    const more = Promise.withResolvers<void>();
    const port = await serve(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'image/png' }).write('first ');
      await more.promise;
      response.end('second');
    });
    const answer = await openAt(open(), `http://127.0.0.1:${port}/`);
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'image/png' } });
    more.resolve();
    expect(await text(answer.body)).toBe('first second');
  });

  it('fails where there is too much of it, where it breaks off, and where it takes too long', async () => {
    const port = await serve((request, response) => {
      response.write('x'.repeat(request.url === '/long' ? 1001 : 10));
      if (request.url === '/break') setImmediate(() => response.socket?.destroy());
    });
    const outgoing = open();
    const reading = async (path: string) => text((await openAt(outgoing, `http://127.0.0.1:${port}${path}`)).body);
    expect((await failureOf(reading('/long'))).kind).toBe('tooLarge');
    expect((await failureOf(reading('/break'))).kind).toBe('connection');
    const { body } = await openAt(outgoing, `http://127.0.0.1:${port}/slow`);
    const failing = failureOf(text(body));
    clock.advance(5000);
    expect((await failing).kind).toBe('timeout');
  });

  it('is not there at all where no headers come', async () => {
    const arrived = Promise.withResolvers<void>();
    const port = await serve(() => arrived.resolve());
    const failing = failureOf(openAt(open(), `http://127.0.0.1:${port}/`));
    await arrived.promise;
    clock.advance(5000);
    expect((await failing).kind).toBe('timeout');
  });
});

it('tells what came to nothing: nobody listens, no such name, a connection that breaks, no HTTP', async () => {
  const port = await serve((request, response) => {
    if (request.url === '/break') response.socket?.destroy();
    else response.socket?.end('Hello, who is there?\r\n\r\n');
  });
  const outgoing = open({
    resolve: async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    },
  });
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
  const { port: closed } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  expect(await failureOf(get(outgoing, `http://127.0.0.1:${closed}/`))).toEqual({
    kind: 'connection',
    message: 'ECONNREFUSED',
  });
  expect(await failureOf(get(outgoing, 'http://nowhere.example.com/'))).toEqual({
    kind: 'connection',
    message: 'ENOTFOUND',
  });
  for (const path of ['break', 'noise']) {
    expect((await failureOf(get(outgoing, `http://127.0.0.1:${port}/${path}`))).kind).toBe('connection');
  }
});

it('waits for the answer behind some interim ones, and gives up where there is no end of them', async () => {
  let announced = 0;
  const port = await serve(async ({ url }, response) => {
    for (; !response.destroyed && announced < Number(url?.slice(1)); announced += 1) {
      await new Promise<void>((resolve) => response.writeEarlyHints({ link: '</style.css>; rel=preload' }, resolve));
    }
    response.end('hello');
  });
  const outgoing = open();
  expect((await get(outgoing, `http://127.0.0.1:${port}/20`)).body.toString()).toBe('hello');
  const endless = await failureOf(get(outgoing, `http://127.0.0.1:${port}/1000000`));
  expect(endless).toEqual({ kind: 'connection', message: 'There is no end of interim answers.' });
});

it('keeps what the URL keeps secret out of its errors', async () => {
  const outgoing = open({ networks: [] });
  for (const url of [
    'http://user:topsecret@127.0.0.1/?key=topsecret',
    'ftp://user:topsecret@127.0.0.1/?key=topsecret',
  ]) {
    expect(JSON.stringify(await failureOf(get(outgoing, url)))).not.toContain('topsecret');
  }
});
