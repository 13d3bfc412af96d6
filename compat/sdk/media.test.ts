import { Client } from '@twilio/mcs-client';
import twilio from 'twilio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountSid, apiKeySecret, apiKeySid, type RunningServer, runServer } from '../rest/running-server.ts';

/** The media client of the official SDK, unmodified, with the two addresses that an adapter for the SDK will give it. */
let server: RunningServer;
let service: string;
beforeAll(async () => {
  server = await runServer();
  service = (await server.api.v1.configuration().fetch()).defaultChatServiceSid;
});
afterAll(() => server.stop());

function clientOf(identity: string): Client {
  const token = new twilio.jwt.AccessToken(accountSid, apiKeySid, apiKeySecret, { identity });
  token.addGrant(new twilio.jwt.AccessToken.ChatGrant({ serviceSid: service }));
  const base = `${server.url}/v1/Services/${service}`;
  return new Client(token.toJwt(), `${base}/Media`, `${base}/MediaSet`);
}

const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 255, 128, 10, 13]);

test('It uploads bytes under a name, and reads what it is told of them.', async () => {
  const media = await clientOf('ann').post('image/png', bytes, 'media', 'pixel ü.png');
  expect(media.sid).toMatch(/^ME[0-9a-f]{32}$/);
  expect(media).toMatchObject({
    size: bytes.length,
    contentType: 'image/png',
    filename: 'pixel ü.png',
    category: 'media',
    state: { author: 'ann', serviceSid: service, messageSid: null, isMultipartUpstream: false },
  });
});

test('It fetches one and several, with addresses that open them.', async () => {
  const ann = clientOf('ann');
  const first = await ann.post('text/plain', 'first', 'media', 'a.txt');
  const second = await ann.post('text/plain', 'second', 'body');
  const read = async (url: string | null | undefined) => (await fetch(url ?? '')).text();
  const fetched = await ann.get(first.sid);
  expect(await read(await fetched.getContentUrl())).toBe('first');
  const urls = await ann.mediaSetGetContentUrls([first.sid, second.sid]);
  expect(await Promise.all([first.sid, second.sid].map((sid) => read(urls.get(sid))))).toEqual(['first', 'second']);
  const [, again] = await ann.mediaSetGet([first.sid, second.sid]);
  expect(again).toMatchObject({ sid: second.sid, category: 'body', filename: null });
});

test('What it may not have is refused in a form that it understands.', async () => {
  const media = await clientOf('ann').post('text/plain', 'mine', 'media');
  const bob = clientOf('bob');
  await expect(bob.get(media.sid)).rejects.toMatchObject({ code: 404, body: { code: 20404 } });
  await expect(bob.mediaSetGet([media.sid])).rejects.toThrow(media.sid);
  await expect(bob.post('image/png', '<html><script>1</script>', 'media')).rejects.toMatchObject({
    code: 400,
    body: { code: 50511, detail: expect.any(String) },
  });
});
