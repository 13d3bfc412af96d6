import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenMedia, openMediaServer, png, type Resource } from '../../testing/open-media.ts';
import { authorization, basic, testCredentials } from '../../testing/open-rest.ts';
import { makeToken } from '../tokens.ts';

let at: OpenMedia;
let other: string;
let conversation: string;
/** Uploaded by a back end and attached to the conversation of Ann and Bob; uploaded by Ann; of the other service. */
let attached: Resource;
let anns: Resource;
let foreign: Resource;
beforeAll(async () => {
  at = await openMediaServer();
  ({ sid: other } = await at.post('/v1/Services', { FriendlyName: 'other' }));
  ({ sid: conversation } = await at.post('/v1/Conversations'));
  for (const Identity of ['ann', 'bob']) await at.post(`/v1/Conversations/${conversation}/Participants`, { Identity });
  attached = await at.upload(png, 'image/png');
  await at.post(`/v1/Conversations/${conversation}/Messages`, { MediaSid: attached.sid });
  anns = await at.upload(png, 'image/png', { headers: { 'x-twilio-token': await at.token('ann') } });
  const answer = await at.fetch(`/v1/Services/${other}/Media`, { method: 'POST', body: png });
  foreign = await answer.json();
});
afterAll(() => at.discard());

const asUser = async (identity: string, service?: string) => ({ 'x-twilio-token': await at.token(identity, service) });
const status = async (url: string, headers: Record<string, string>) => (await at.fetch(url, { headers })).status;

test('An error says what to do about it, in detail besides.', async () => {
  const answer = await at.fetch(anns.url, { headers: { authorization: 'Basic x' } });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
  expect(await answer.json()).toEqual({
    code: 20003,
    message: 'Authenticate',
    more_info: expect.any(String),
    status: 401,
    detail: expect.stringContaining('credentials'),
  });
});

describe('Who is nobody', () => {
  test.each<[string, () => Promise<Record<string, string>>, number]>([
    ['without credentials', async () => ({ authorization: '' }), 20003],
    ['with a wrong password', async () => ({ authorization: basic(testCredentials.accountSid, 'x') }), 20003],
    ['with a token that is none', async () => ({ 'x-twilio-token': 'x' }), 20101],
    ['with a bearer that is none', async () => ({ authorization: 'Bearer x' }), 20101],
    ['with a token of yesterday', async () => ({ 'x-twilio-token': await expired() }), 20104],
    ['with a token that somebody else signed', async () => ({ 'x-twilio-token': await forged() }), 20107],
  ])('%s: learns and changes nothing.', async (_how, headersOf, code) => {
    const headers = await headersOf();
    const before = at.files().length;
    const media = `/v1/Services/${at.service}/Media`;
    for (const [method, path] of [
      ['POST', media],
      ['GET', `${media}/${anns.sid}`],
      ['GET', `${media}/${anns.sid}/Content`],
      ['GET', `${media}/nothing`],
      ['PUT', media],
      ['POST', `/v1/Services/${at.service}/MediaSet`],
      ['POST', `/v1/Services/IS${'0'.repeat(32)}/Media`],
    ] as const) {
      const body = method === 'POST' ? { body: png } : {};
      const answer = await at.fetch(path, { method, headers, ...body });
      expect([answer.status, (await answer.json()).code], `${method} ${path}`).toEqual([401, code]);
    }
    expect(at.files()).toHaveLength(before);
  });

  const expired = () =>
    makeToken(testCredentials, { identity: 'ann', service: at.service }, at.clock.now() - 2 * 60 * 60 * 1000);
  const forged = () =>
    makeToken(
      { ...testCredentials, apiKeySecret: 'x'.repeat(32) },
      { identity: 'ann', service: at.service },
      at.clock.now(),
    );
});

describe('A user', () => {
  test('is the author of what he uploads, whether his token comes in its own header or as a bearer.', async () => {
    expect(anns.author).toBe('ann');
    const headers = { authorization: `Bearer ${await at.token('ann')}` };
    expect(await at.upload(png, 'image/png', { headers })).toMatchObject({ author: 'ann' });
  });

  test('sees what is in his conversations, and nothing of others.', async () => {
    for (const url of [attached.url, attached.links.content]) {
      expect(await status(url, await asUser('ann')), url).toBe(200);
      expect(await status(url, await asUser('bob')), url).toBe(200);
      expect(await status(url, await asUser('eve')), url).toBe(404);
    }
  });

  test('sees what he uploaded before it is attached, and nobody else does.', async () => {
    for (const url of [anns.url, anns.links.content]) {
      expect(await status(url, await asUser('ann')), url).toBe(200);
      expect(await status(url, await asUser('bob')), url).toBe(404);
    }
    const ofSystem = await at.upload(png, 'image/png');
    expect(await status(ofSystem.url, await asUser('ann'))).toBe(404);
  });

  test('does not see what he has no conversation for any more.', async () => {
    const { sid } = await at.post('/v1/Conversations');
    const added = await at.post(`/v1/Conversations/${sid}/Participants`, { Identity: 'ann' });
    const media = await at.upload(png, 'image/png');
    await at.post(`/v1/Conversations/${sid}/Messages`, { MediaSid: media.sid });
    expect(await status(media.links.content, await asUser('ann'))).toBe(200);
    await at.remove(`/v1/Conversations/${sid}/Participants/${added.sid}`);
    expect(await status(media.links.content, await asUser('ann'))).toBe(404);
  });

  test('has no way into another service.', async () => {
    expect(await status(foreign.url, await asUser('ann'))).toBe(404);
    expect(await status(foreign.url, await asUser('ann', other))).toBe(404);
    expect(await status(`/v1/Services/${at.service}/Media/${foreign.sid}`, await asUser('ann'))).toBe(404);
    const headers = await asUser('ann');
    const answer = await at.fetch(`/v1/Services/${other}/Media`, { method: 'POST', body: png, headers });
    expect(answer.status).toBe(404);
  });
});

describe('A back end', () => {
  test.each([authorization.byAccount, authorization.byApiKey])(
    'sees all media of its services (%#).',
    async (header) => {
      for (const { url } of [attached, anns, foreign]) expect(await status(url, { authorization: header })).toBe(200);
    },
  );

  test('finds media only where they are.', async () => {
    for (const path of [
      `/v1/Services/${other}/Media/${anns.sid}`,
      `/v1/Services/${at.service}/Media/ME${'0'.repeat(32)}`,
      `/v1/Services/${at.service}/Media/..%2f..%2fcredentials.json`,
      `/v1/Services/${at.service}/Media/..%2f..%2fcredentials.json/Content`,
      `/v1/Services/${at.service}/Media/${anns.sid}%00/Content`,
      `/v1/Services/IS${'0'.repeat(32)}/Media/${anns.sid}`,
    ]) {
      const answer = await at.fetch(path);
      expect([answer.status, (await answer.json()).code], path).toEqual([404, 20404]);
    }
  });

  test.each([
    ['PUT', 'Media', 'POST, OPTIONS'],
    ['GET', 'Media', 'POST, OPTIONS'],
    ['DELETE', 'Media/{sid}', 'GET, OPTIONS'],
    ['POST', 'Media/{sid}/Content', 'GET, HEAD, OPTIONS'],
    ['GET', 'MediaSet', 'POST, OPTIONS'],
  ])('is told that %s %s is not allowed, and what is.', async (method, path, allow) => {
    const url = `/v1/Services/${at.service}/${path.replace('{sid}', anns.sid)}`;
    const answer = await at.fetch(url, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(await answer.json()).toMatchObject({ code: 20004, detail: expect.any(String) });
  });
});

describe('A link', () => {
  const open = (url: string) => at.fetch(url, { headers: { authorization: 'none' } });
  const linkOf = async (): Promise<URL> => {
    const resource = await (await at.fetch(attached.url)).json();
    return new URL(resource.links.content_direct_temporary);
  };

  test('opens one file, for 300 seconds, to anybody.', async () => {
    const link = await linkOf();
    const started = at.clock.now();
    expect((await open(link.href)).status).toBe(200);
    at.clock.advance(299_000 - (at.clock.now() - started));
    expect((await open(link.href)).status).toBe(200);
    at.clock.advance(1000);
    const answer = await open(link.href);
    expect([answer.status, (await answer.json()).code]).toEqual([403, 20006]);
    expect((await open((await linkOf()).href)).status).toBe(200);
  });

  test.each<[string, (link: URL) => void]>([
    ['of another file', (link) => (link.pathname = link.pathname.replace(attached.sid, anns.sid))],
    [
      'of a file in other letters',
      (link) => (link.pathname = link.pathname.toUpperCase().replace(/.*ME/, '/v1/x/media/ME')),
    ],
    ['with a later end', (link) => link.searchParams.set('expires', '99999999999')],
    ['with an end in other digits', (link) => link.searchParams.set('expires', `0${link.searchParams.get('expires')}`)],
    ['with no end', (link) => link.searchParams.delete('expires')],
    ['with another signature', (link) => link.searchParams.set('signature', 'A'.repeat(43))],
    ['with a short signature', (link) => link.searchParams.set('signature', 'AAAA')],
    ['with no signature', (link) => link.searchParams.delete('signature')],
    ['of a path', (link) => (link.pathname = '/v1/x/media/..%2f..%2fcredentials.json')],
  ])('%s opens nothing.', async (_what, change) => {
    const link = await linkOf();
    change(link);
    const answer = await open(link.href);
    expect([answer.status, (await answer.json()).code]).toEqual([403, 20006]);
  });

  test('of a file that is gone leads nowhere.', async () => {
    const media = await at.upload(png, 'image/png');
    const message = await at.post(`/v1/Conversations/${conversation}/Messages`, { MediaSid: media.sid });
    await at.remove(`/v1/Conversations/${conversation}/Messages/${message.sid}`);
    expect((await open(media.links.content_direct_temporary)).status).toBe(404);
  });
});

describe('Several at once', () => {
  const ask = (body: unknown, headers: Record<string, string> = {}) =>
    at.fetch(`/v1/Services/${at.service}/MediaSet`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });

  test('are described as the official SDK reads it, what is not there by a code of its own.', async () => {
    const list = [{ media_sid: attached.sid }, { media_sid: foreign.sid }];
    const answer = await ask({ command: 'get', list }, await asUser('ann'));
    expect(answer.status).toBe(200);
    const [found, missing] = await answer.json();
    expect(found).toMatchObject({ code: 200, media_record: { sid: attached.sid, content_type: 'image/png' } });
    expect(missing).toEqual({ code: 404, media_record: { sid: foreign.sid } });
    const { content_direct_temporary: link } = found.media_record.links;
    expect((await at.fetch(link, { headers: { authorization: 'none' } })).status).toBe(200);
  });

  test.each([
    ['not JSON', '{'],
    ['another command', { command: 'delete', list: [] }],
    ['no list', { command: 'get' }],
    ['more than 100', { command: 'get', list: Array.from({ length: 101 }, () => ({ media_sid: 'x' })) }],
    ['too long a text', `"${'x'.repeat(300 * 1024)}"`],
  ])('are refused: %s.', async (_what, body) => {
    const answer = await ask(body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(await answer.json()).toMatchObject({ detail: expect.any(String) });
  });
});
