/** Twilio's own library signs what is checked here, and checks what the simulator signs. */
import fc from 'fast-check';
import twilio from 'twilio';
import { expect, it } from 'vitest';
import { readSigned } from './signature.ts';

const token = 'auth token';
const url = 'https://chat.example.com/v1/x/senders/1/webhook?delivery=a%20b';
const form = { Body: 'hällo + & =', From: '+12025550123', To: '+12025550100', Empty: '' };

function signed(by: string, at: string, params: Record<string, string | string[]>): string {
  return twilio.getExpectedTwilioSignature(by, at, params);
}
function read(signature: string | undefined, at = url, params: Record<string, string> = form) {
  const body = Buffer.from(new URLSearchParams(params).toString());
  return readSigned(token, { url: at, contentType: 'application/x-www-form-urlencoded', signature, body });
}

it('takes a form that is signed for the URL as it came, with or without the port, with or without the rules for it', () => {
  for (const at of [url, `${url}#rc=5&rp=all`, url.replace('.com/', '.com:443/')]) {
    expect(read(signed(token, at, form))?.get('Body'), at).toBe(form.Body);
  }
  const ported = url.replace('.com/', '.com:443/');
  expect(read(signed(token, url, form), ported)?.get('Body')).toBe(form.Body);
});

it.each([
  ['no signature', undefined],
  ['an empty one', ''],
  ['one of other words', signed(token, url, { ...form, Body: 'other' })],
  ['one with more parameters', signed(token, url, { ...form, Extra: '1' })],
  ['one of another token', signed('other token', url, form)],
  ['one for another path', signed(token, url.replace('webhook', 'other'), form)],
  ['one for another delivery', signed(token, url.replace('a%20b', 'c'), form)],
  ['one for another host', signed(token, url.replace('chat.', 'evil.'), form)],
  ['one that was cut', signed(token, url, form).slice(0, 10)],
])('does not take %s', (_what, signature) => {
  expect(read(signature)).toBeUndefined();
});

it('does not take a signature made with an API key', () => {
  expect(read(signed('api key secret', url, form))).toBeUndefined();
});

it('does not take more parameters than Twilio could have, before it looks who signed them', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_unused, n) => [`P${n}`, '']));
  expect([...(read(signed(token, url, many(1000)), url, many(1000)) ?? [])]).toHaveLength(1000);
  expect(read(signed(token, url, many(1001)), url, many(1001))).toBeUndefined();
});

it('takes whatever parameters there are, in any order, the same name several times', () => {
  const words = fc.string({ unit: 'grapheme', maxLength: 10 });
  const many = fc.dictionary(fc.stringMatching(/^[A-Za-z0-9_]{1,8}$/), fc.array(words, { minLength: 1, maxLength: 3 }));
  fc.assert(
    fc.property(many, (params) => {
      const body = new URLSearchParams();
      for (const [name, values] of Object.entries(params)) for (const value of values) body.append(name, value);
      const request = {
        url,
        contentType: 'application/x-www-form-urlencoded; charset=utf-8',
        signature: signed(token, url, params),
        body: Buffer.from(body.toString()),
      };
      expect([...(readSigned(token, request) ?? [])]).toEqual([...body]);
    }),
    { numRuns: 200 },
  );
});

it('takes JSON whose hash is in the URL that is signed, and none else', () => {
  const body = Buffer.from('{"MessageSid":"SM1","Body":"hällo","NumMedia":0,"Nested":{}}');
  const at = `${url}&bodySHA256=${twilio.getExpectedBodyHash(body.toString())}`;
  const signature = signed(token, at, {});
  const contentType = 'application/json';
  const taken = readSigned(token, { url: at, contentType, signature, body });
  expect([...(taken ?? [])]).toEqual([
    ['MessageSid', 'SM1'],
    ['Body', 'hällo'],
    ['NumMedia', '0'],
  ]);
  const other = Buffer.from(body.toString().replace('hällo', 'other'));
  expect(readSigned(token, { url: at, contentType, signature, body: other })).toBeUndefined();
  expect(readSigned(token, { url, contentType, signature: signed(token, url, {}), body })).toBeUndefined();
  expect(readSigned('other', { url: at, contentType, signature, body })).toBeUndefined();
});

it('finds nothing in JSON that is none', () => {
  const body = Buffer.from('[not json');
  const at = `${url}&bodySHA256=${twilio.getExpectedBodyHash(body.toString())}`;
  const request = { url: at, contentType: 'application/json', signature: signed(token, at, {}), body };
  expect([...(readSigned(token, request) ?? ['untaken'])]).toEqual([]);
});

it('costs no more than its size, whatever somebody posts who is not Twilio', () => {
  const body = Buffer.from(Array.from({ length: 260_000 }, (_, name) => `a${name}=1`).join('&'));
  const contentType = 'application/x-www-form-urlencoded';
  // With the square of the names this took minutes, in which nobody else was answered.
  expect(readSigned('token', { url: 'https://example.com/', contentType, signature: 'x', body })).toBeUndefined();
}, 10_000);
