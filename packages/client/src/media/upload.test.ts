import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { outgoing, type SendMediaOptions } from './file.ts';
import { type UploadOptions, upload } from './upload.ts';

/** A server that keeps what it is sent, and answers as it is told. */
const received: { url: string; headers: IncomingHttpHeaders; body: Buffer; complete: boolean }[] = [];
let answer: { status: number; body: string; headers?: Record<string, string> };
let closed: () => void;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('close', () => {
    const { url = '', headers, complete } = request;
    received.push({ url, headers, body: Buffer.concat(chunks), complete });
    closed();
  });
  request.on('end', () => response.writeHead(answer.status, answer.headers).end(answer.body));
  request.on('error', () => {});
});

let target: { url: string; token: string };
beforeEach(async () => {
  received.length = 0;
  closed = () => {};
  answer = { status: 201, body: '{"sid":"ME1"}' };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/Media`, token: 'secret' };
});
afterEach(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const send = (file: FormData | SendMediaOptions, options?: UploadOptions) =>
  upload(target, outgoing('media', file), options);

function form(entry: Blob, name?: string): FormData {
  const made = new FormData();
  made.append('note', 'is not the file');
  if (name === undefined) made.append('file', entry);
  else made.append('file', entry, name);
  return made;
}

const bytes = new Uint8Array([0, 255, 128, 10]);
const big = new Uint8Array(1_000_000).map((_byte, at) => at);

describe('upload', () => {
  it.each([
    ['text', { contentType: 'text/plain', media: 'grün' }, 'text/plain', Buffer.from('grün')],
    ['bytes', { contentType: 'image/png', media: bytes }, 'image/png', Buffer.from(bytes)],
    ['a Buffer', { contentType: 'image/png', media: Buffer.from(bytes) }, 'image/png', Buffer.from(bytes)],
    ['a Blob', { contentType: 'image/png', media: new Blob([bytes]) }, 'image/png', Buffer.from(bytes)],
    [
      'a Blob that knows its type',
      { contentType: null, media: new Blob([bytes], { type: 'audio/mpeg' }) },
      'audio/mpeg',
      Buffer.from(bytes),
    ],
    ['bytes of which nothing is known', { contentType: null, media: bytes }, undefined, Buffer.from(bytes)],
  ])('sends %s as they are', async (_what, file, type, body) => {
    expect(await send(file)).toBe('ME1');
    expect(received).toMatchObject([{ url: '/Media?Category=media', headers: { 'x-twilio-token': 'secret' } }]);
    expect(received[0]?.headers['content-type']).toBe(type);
    expect(received[0]?.body.equals(body)).toBe(true);
  });

  it('sends nothing but its name of an empty file, and says that it is through', async () => {
    const steps: number[] = [];
    await send({ contentType: 'text/plain', media: '', filename: 'empty' }, { onProgress: (step) => steps.push(step) });
    expect(received).toMatchObject([{ url: '/Media?Category=media&Filename=empty', complete: true }]);
    expect(steps).toEqual([1]);
  });

  it('says the name and the category in the address', async () => {
    const file = { contentType: 'text/html', media: '<b>', filename: 'a&b ü.html' };
    await upload(target, outgoing('history', file));
    const query = new URL(received[0]?.url ?? '', target.url).searchParams;
    expect([...query]).toEqual([
      ['Category', 'history'],
      ['Filename', 'a&b ü.html'],
    ]);
  });

  it('takes name and type from the file of a form, and leaves the form away', async () => {
    await send(form(new File([bytes], 'cat.png', { type: 'image/png' })));
    await send(form(new Blob([bytes], { type: 'image/gif' }), 'dog.gif'));
    expect(received.map(({ url, headers }) => [url, headers['content-type']])).toEqual([
      ['/Media?Category=media&Filename=cat.png', 'image/png'],
      ['/Media?Category=media&Filename=dog.gif', 'image/gif'],
    ]);
    expect(received[1]?.body.equals(Buffer.from(bytes))).toBe(true);
  });

  it('sends a form as it is in which it finds no file', async () => {
    const made = new FormData();
    made.append('file', 'what React Native would read from its address');
    await send(made);
    expect(received[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(String(received[0]?.body)).toContain('name="file"');
  });

  it('tells how far it has come, up to the last byte', async () => {
    const steps: number[] = [];
    await send({ contentType: 'image/x', media: big }, { onProgress: (step) => steps.push(step) });
    expect(received[0]?.body.equals(big)).toBe(true);
    expect(steps.length).toBeGreaterThan(3);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps.at(-1)).toBe(1);
  });

  it('breaks off half-way when the signal says so', async () => {
    const ended = new Promise<void>((resolve) => (closed = resolve));
    const controller = new AbortController();
    const huge = new Uint8Array(20_000_000);
    const sending = send(
      { contentType: 'image/x', media: huge },
      {
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress > 0.5) controller.abort('enough');
        },
      },
    );
    await expect(sending).rejects.toMatchObject({ name: 'ColloquyError', code: 104, cause: 'enough' });
    await ended;
    expect(received).toMatchObject([{ complete: false }]);
  });

  it('sends nothing when the signal came first', async () => {
    const sending = send({ contentType: 'image/x', media: bytes }, { signal: AbortSignal.abort() });
    await expect(sending).rejects.toMatchObject({ code: 104 });
    expect(received).toEqual([]);
  });

  it('fails with what the server says', async () => {
    const body = JSON.stringify({ code: 50512, message: 'Media is too large', detail: 'Send less.', status: 400 });
    answer = { status: 400, body };
    await expect(send({ contentType: 'image/x', media: bytes })).rejects.toMatchObject({
      name: 'ColloquyError',
      code: 50512,
      message: 'Media is too large',
      status: 400,
      help: 'Send less.',
    });
  });

  it('says after how long it may be tried again', async () => {
    answer = { status: 429, body: '{"code":20429,"message":"Too many"}', headers: { 'Retry-After': '3' } };
    await expect(send({ contentType: 'a/b', media: bytes })).rejects.toMatchObject({ code: 20429, retryAfter: 3 });
  });

  it('has a number for the refusal of a proxy, too', async () => {
    answer = { status: 413, body: '<html>' };
    await expect(send({ contentType: 'a/b', media: bytes })).rejects.toMatchObject({ code: 20413, status: 413 });
  });

  it('says of a connection that breaks that it may be tried again', async () => {
    server.once('connection', (socket) => socket.once('data', () => socket.destroy()));
    await expect(send({ contentType: 'a/b', media: bytes })).rejects.toMatchObject({ code: 110, status: 0 });
  });
});
