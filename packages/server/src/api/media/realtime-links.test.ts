import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenMedia, openMediaServer, png } from '../../testing/open-media.ts';
import { RawClient } from '../../testing/raw-client.ts';

let at: OpenMedia;
let other: string;
let conversation: string;
const clients: RawClient[] = [];
beforeAll(async () => {
  at = await openMediaServer();
  ({ sid: other } = await at.post('/v1/Services', { FriendlyName: 'other' }));
  ({ sid: conversation } = await at.post('/v1/Conversations'));
  for (const Identity of ['ann', 'bob']) await at.post(`/v1/Conversations/${conversation}/Participants`, { Identity });
});
afterAll(async () => {
  for (const client of clients) client.cut();
  await at.discard();
});

async function connect(identity: string, service?: string): Promise<RawClient> {
  const client = await RawClient.open(at.url.replace('http', 'ws'));
  clients.push(client);
  await client.call('connect', { token: await at.token(identity, service) });
  return client;
}

const uploadBy = async (identity: string) =>
  (await at.upload(png, 'image/png', { headers: { 'x-twilio-token': await at.token(identity) } })).sid as string;

test('A user gets links to what he uploaded and to what is in his conversations, by SID.', async () => {
  const ann = await connect('ann');
  const sent = await uploadBy('bob');
  await at.post(`/v1/Conversations/${conversation}/Messages`, { MediaSid: sent });
  const own = await uploadBy('ann');
  const { urls } = await ann.call('media.links', { media: [own, sent, own] });
  expect(Object.keys(urls).sort()).toEqual([own, sent].sort());
  for (const [sid, url] of Object.entries(urls)) {
    expect(url.startsWith(`${at.url}/v1/x/media/${sid}?`)).toBe(true);
    const answer = await fetch(url);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(png);
  }
  at.clock.advance(300_000);
  expect((await fetch(urls[own] ?? '')).status).toBe(403);
});

test('Files that are not there for him are left out; where nothing is left, the first is named.', async () => {
  const sent = await uploadBy('bob');
  const unsent = await uploadBy('bob');
  const { sid: message } = await at.post(`/v1/Conversations/${conversation}/Messages`, { MediaSid: sent });
  const foreign = await (await at.fetch(`/v1/Services/${other}/Media`, { method: 'POST', body: png })).json();
  const [ann, stranger, neighbour] = [await connect('ann'), await connect('eve'), await connect('ann', other)];
  await ann.call('media.links', { media: [sent] });
  const { urls } = await ann.call('media.links', { media: [unsent, sent, foreign.sid, message, ''] });
  expect(Object.keys(urls)).toEqual([sent]);
  const refused = async (client: RawClient, sid: string) => {
    const help = expect.stringContaining(sid);
    await expect(client.call('media.links', { media: [sid] })).rejects.toMatchObject({
      code: 50507,
      data: { status: 404, help },
    });
  };
  await refused(ann, unsent);
  await refused(ann, foreign.sid);
  await refused(ann, `ME${'0'.repeat(32)}`);
  await refused(ann, message);
  await refused(ann, '');
  await refused(stranger, sent);
  await refused(neighbour, sent);
  await at.remove(`/v1/Conversations/${conversation}/Participants/ann`);
  await refused(ann, sent);
});

test.each([
  [{}],
  [{ media: null }],
  [{ media: [1] }],
  [{ media: Array(101).fill(`ME${'0'.repeat(32)}`) }],
  [{ media: ['x'.repeat(35)] }],
  [{ media: ['\0'] }],
])('What is no list of at most 100 SIDs is refused: %j.', async (params) => {
  const ann = await connect('ann');
  await expect(ann.call('media.links', params as never)).rejects.toMatchObject({ code: -32602 });
});

test.each(['https', 'wss'])('Behind a proxy that says %s, links are to https.', async (scheme) => {
  const client = await RawClient.open(at.url.replace('http', 'ws'), {
    'x-forwarded-proto': scheme,
    host: 'a.example',
  });
  clients.push(client);
  await client.call('connect', { token: await at.token('ann') });
  const own = await uploadBy('ann');
  const { urls } = await client.call('media.links', { media: [own] });
  expect(urls[own]?.startsWith('https://a.example/v1/x/media/')).toBe(true);
});
