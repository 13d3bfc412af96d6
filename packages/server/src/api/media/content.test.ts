import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenMedia, openMediaServer, png } from '../../testing/open-media.ts';
import { disposition, rangeOf } from './content.ts';

let at: OpenMedia;
let content: string;
let link: string;
const text = Buffer.from('0123456789');
beforeAll(async () => {
  at = await openMediaServer();
  const resource = await at.upload(text, 'text/plain; charset=utf-8', { query: '?Filename=digits.txt' });
  content = resource.links.content;
  link = resource.links.content_direct_temporary;
});
afterAll(() => at.discard());

const ask = (range: string, more: Record<string, string> = {}) => at.fetch(content, { headers: { range, ...more } });

describe('Ranges', () => {
  test.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-5', '2345', 'bytes 2-5/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=7-100', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-100', '0123456789', 'bytes 0-9/10'],
  ])('%s gives just that.', async (range, expected, where) => {
    const answer = await ask(range);
    expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([206, expected, where]);
    expect(answer.headers.get('content-length')).toBe(String(expected.length));
  });

  test.each(['bytes=5-2', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=', 'bytes=-', 'bytes=a-b'])(
    '%s is not understood, so everything comes.',
    async (range) => {
      const answer = await ask(range);
      expect([answer.status, await answer.text()]).toEqual([200, '0123456789']);
    },
  );

  test.each(['bytes=10-', 'bytes=10-20', 'bytes=-0'])('%s is not there.', async (range) => {
    const answer = await ask(range);
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */10']);
  });

  test('A range of something else than what the caller has begun to read is not used.', async () => {
    const etag = (await at.fetch(content)).headers.get('etag') ?? '';
    expect((await ask('bytes=1-2', { 'if-range': etag })).status).toBe(206);
    expect((await ask('bytes=1-2', { 'if-range': '"other"' })).status).toBe(200);
  });

  test('A range never reaches beyond the file, whatever is asked for.', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.option(fc.nat()), fc.option(fc.nat())).map(([from, to]) => `bytes=${from ?? ''}-${to ?? ''}`),
    );
    fc.assert(
      fc.property(header, fc.nat(1_000_000), (range, size) => {
        const piece = rangeOf(range, size);
        if (piece === undefined || piece === 'unsatisfiable') return;
        expect(piece.first).toBeGreaterThanOrEqual(0);
        expect(piece.first).toBeLessThanOrEqual(piece.last);
        expect(piece.last).toBeLessThan(size);
      }),
    );
  });
});

test('HEAD tells of the bytes without giving them, also through the link.', async () => {
  for (const [url, init] of [
    [content, {}],
    [link, { headers: { authorization: 'none' } }],
  ] as const) {
    const answer = await at.fetch(url, { ...init, method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '10', '']);
  }
  const piece = await at.fetch(content, { method: 'HEAD', headers: { range: 'bytes=0-0' } });
  expect([piece.status, piece.headers.get('content-length')]).toEqual([200, '10']);
});

test('What is kept of the bytes is for whoever got them with the same credentials, and for five minutes.', async () => {
  const { headers } = await at.fetch(content);
  expect(headers.get('cache-control')).toBe('private, max-age=300');
  expect(headers.get('vary')).toBe('Authorization, X-Twilio-Token');
});

test('Who has the bytes already is told that they are the same.', async () => {
  const etag = (await at.fetch(content)).headers.get('etag') ?? '';
  expect((await at.fetch(content, { headers: { 'if-none-match': `"other", ${etag}` } })).status).toBe(304);
  expect((await at.fetch(content, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
});

describe('What a file could do to who opens it', () => {
  const active = '<html><script>alert(document.domain)</script></html>';
  test.each([
    ['a page', active, 'text/html', 'attachment'],
    ['a drawing', `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, 'image/svg+xml', 'attachment'],
    ['a feed', '<?xml version="1.0"?><x/>', 'application/xml', 'attachment'],
    ['a script', 'alert(1)', 'text/javascript', 'attachment'],
    ['a document', '%PDF-1.7\n', 'application/pdf', 'attachment'],
    ['a text that is a page', active, 'text/plain', 'inline'],
    ['a picture', png, 'image/png', 'inline'],
  ])('%s is offered as what it is and runs nothing.', async (_what, bytes, type, kind) => {
    const resource = await at.upload(bytes, type);
    for (const url of [resource.links.content, resource.links.content_direct_temporary]) {
      const { headers } = await at.fetch(url);
      expect(headers.get('content-type')).toBe(type);
      expect(headers.get('content-disposition')).toBe(kind);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*; sandbox$/);
      expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    }
  });
});

describe('The name in Content-Disposition', () => {
  test('is there in ASCII and as it is.', () => {
    expect(disposition({ content_type: 'image/png', filename: `a "b"; ü'\\.png` })).toBe(
      `inline; filename="a _b_; _'_.png"; filename*=UTF-8''a%20%22b%22%3B%20%C3%BC%27%5C.png`,
    );
  });

  test('is a header in one line that gives the name back, whatever it is.', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (filename) => {
        const header = disposition({ content_type: 'application/zip', filename });
        expect(header).toMatch(/^attachment; filename="[ !#-[\]-~]*"; filename\*=UTF-8''[\w.~!*%-]*$/);
        expect(decodeURIComponent(header.split("UTF-8''")[1] ?? '')).toBe(filename.toWellFormed());
      }),
    );
  });
});

test('Pages of other origins may read everything that matters.', async () => {
  const headers = { origin: 'https://app.example.com', authorization: 'none' };
  const preflight = await at.fetch(content, {
    method: 'OPTIONS',
    headers: { ...headers, 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-twilio-token' },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toMatch(/\bX-Twilio-Token\b/);
  expect(preflight.headers.get('access-control-allow-methods')).toMatch(/\bGET\b/);
  for (const url of [content, link]) {
    const answer = await at.fetch(url, { headers: { origin: headers.origin } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-expose-headers')).toMatch(/\bContent-Range\b/);
  }
  const upload = await at.fetch(`/v1/Services/${at.service}/Media`, { method: 'OPTIONS', headers });
  expect(upload.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS');
  const refused = await at.fetch(content, { headers });
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*']);
});
