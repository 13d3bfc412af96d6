import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { limits } from '@colloquy/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenMedia, openMediaServer } from '../../testing/open-media.ts';
import { authorization } from '../../testing/open-rest.ts';

const mebibyte = 1024 * 1024;
const size = 256 * mebibyte;
/** What both ends and the garbage of their streams take, doubled; a file that is held whole takes more. */
const allowance = 160 * mebibyte;

let at: OpenMedia;
beforeAll(async () => {
  at = await openMediaServer({ limits: { ...limits, mediaBytes: size } });
});
afterAll(() => at.discard());

/** The most memory that the process takes meanwhile, beyond what it took before. */
async function memoryOf(action: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 5);
  await action();
  clearInterval(timer);
  return Math.max(most, process.memoryUsage().rss) - before;
}

const piece = Buffer.alloc(64 * 1024, 'media');

/** Sends as fast as it is taken. @returns the resource, and the digest of what was sent */
async function send(contentType: string, head: string, tail: string) {
  const digest = createHash('sha256');
  const path = `/v1/Services/${at.service}/Media`;
  const headers = { Authorization: authorization.byAccount, 'Content-Type': contentType };
  const outgoing = request(`${at.url}${path}`, { method: 'POST', headers });
  const answered = once(outgoing, 'response');
  outgoing.write(head);
  for (let sent = 0; sent < size; sent += piece.length) {
    digest.update(piece);
    if (!outgoing.write(piece)) await once(outgoing, 'drain');
  }
  outgoing.end(tail);
  const [answer] = await answered;
  let body = '';
  for await (const text of answer.setEncoding('utf8')) body += text;
  expect(answer.statusCode).toBe(201);
  return { resource: JSON.parse(body), sent: digest.digest('hex') };
}

async function digestOf(path: string): Promise<string> {
  const incoming = request(`${at.url}${path}`, { headers: { Authorization: authorization.byAccount } });
  incoming.end();
  const [answer] = await once(incoming, 'response');
  const digest = createHash('sha256');
  for await (const bytes of answer) digest.update(bytes);
  return digest.digest('hex');
}

const form = 'multipart/form-data; boundary=x';
test.each([
  ['as its bytes', 'video/mp2t', '', ''],
  ['in a form', form, '--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n', '\r\n--x--\r\n'],
])('A file of 256 MB goes in (%s) and comes out without ever being in memory.', async (_how, type, head, tail) => {
  let upload: Awaited<ReturnType<typeof send>> | undefined;
  const taken = await memoryOf(async () => {
    upload = await send(type, head, tail);
  });
  expect(taken).toBeLessThan(allowance);
  expect(upload?.resource.size).toBe(size);
  let received = '';
  const given = await memoryOf(async () => {
    received = await digestOf(upload?.resource.links.content);
  });
  expect(given).toBeLessThan(allowance);
  expect(received).toBe(upload?.sent);
});
