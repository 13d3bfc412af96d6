import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenMedia, openMediaServer, png, type Resource } from '../../testing/open-media.ts';
import { RawClient } from '../../testing/raw-client.ts';

let at: OpenMedia;
let other: string;
let conversation: string;
let messages: string;
beforeAll(async () => {
  at = await openMediaServer();
  ({ sid: other } = await at.post('/v1/Services', { FriendlyName: 'other' }));
  ({ sid: conversation } = await at.post('/v1/Conversations'));
  messages = `/v1/Conversations/${conversation}/Messages`;
  for (const Identity of ['ann', 'bob']) await at.post(`/v1/Conversations/${conversation}/Participants`, { Identity });
});
afterAll(() => at.discard());

const upload = (identity?: string) =>
  identity === undefined
    ? at.upload(png, 'image/png', { query: '?Filename=car.png' })
    : at.token(identity).then((token) => at.upload(png, 'image/png', { headers: { 'x-twilio-token': token } }));

async function connect(identity: string): Promise<RawClient> {
  const client = await RawClient.open(at.url.replace('http', 'ws'));
  client.connected = await client.call('connect', { token: await at.token(identity) });
  return client;
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: { code?: number }) => error.code,
  );

describe('A message of a back end', () => {
  test('has its media, in the form of the contract, wherever it is shown.', async () => {
    const media = await upload();
    const created = await at.post(messages, { MediaSid: media.sid, Author: 'ann' });
    const shown = {
      sid: media.sid,
      size: png.length,
      content_type: 'image/png',
      filename: 'car.png',
      category: 'media',
    };
    expect(created).toMatchObject({ body: null, media: [shown], author: 'ann' });
    expect(Object.keys(created.media[0])).toEqual(Object.keys(shown));
    expect(await at.get(`${messages}/${created.sid}`)).toEqual(created);
    expect((await at.get(messages)).messages).toContainEqual(created);
    const resource = await (await at.fetch(media.url)).json();
    expect(resource).toMatchObject({ message_sid: created.sid, channel_sid: conversation });
  });

  test('can have text besides, and without media says so.', async () => {
    const both = await at.post(messages, { MediaSid: (await upload()).sid, Body: 'look' });
    expect(both).toMatchObject({ body: 'look', media: [{ content_type: 'image/png' }] });
    expect(await at.post(messages, { Body: 'look' })).toMatchObject({ media: null });
  });

  test('keeps its media when it is changed.', async () => {
    const created = await at.post(messages, { MediaSid: (await upload()).sid });
    const updated = await at.post(`${messages}/${created.sid}`, { Body: 'a car', Attributes: '{"a":1}' });
    expect(updated).toMatchObject({ body: 'a car', media: created.media });
  });

  const foreign = async () => {
    const answer = await at.fetch(`/v1/Services/${other}/Media`, { method: 'POST', body: png });
    return ((await answer.json()) as Resource).sid;
  };
  const used = async () => {
    const { sid } = await upload();
    await at.post(messages, { MediaSid: sid });
    return sid;
  };
  const old = async () => {
    const { sid } = await upload();
    at.clock.advance(5 * 60 * 1000);
    return sid;
  };
  test.each<[string, () => Promise<string>, number, number]>([
    ['that was never uploaded', async () => `ME${'0'.repeat(32)}`, 404, 50507],
    ['of another service', foreign, 404, 50507],
    ['that another message has', used, 400, 50508],
    ['that waited for more than 5 minutes', old, 404, 50507],
    ['with a SID that is none', async () => 'ME1', 400, 50510],
    ['with an empty SID', async () => '', 400, 50510],
    ['with a SID of another kind', async () => conversation, 400, 50510],
  ])('cannot have media %s.', async (_what, sidOf, status, code) => {
    const form = { MediaSid: await sidOf(), Body: 'x' };
    const events = await at.eventsOf(async () => {
      expect(await at.ask('POST', messages, { form })).toMatchObject({ status, body: { code } });
    });
    expect(events).toEqual([]);
  });

  test('that is refused for another reason leaves its media to the next one.', async () => {
    const { sid } = await upload();
    const refused = await at.ask('POST', messages, { form: { MediaSid: sid, Attributes: 'x' } });
    expect(refused.body.code).toBe(50304);
    expect(await at.post(messages, { MediaSid: sid })).toMatchObject({ media: [{ sid }] });
  });

  test('gets media that many want at the same time, and all others are refused.', async () => {
    const { sid } = await upload();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => at.ask('POST', messages, { form: { MediaSid: sid } })),
    );
    const codes = answers.map(({ status, body }) => (status === 201 ? 201 : body.code));
    expect(codes.filter((code) => code === 201)).toHaveLength(1);
    expect(codes.filter((code) => code === 50508)).toHaveLength(19);
  });
});

describe('A message of a user', () => {
  test('has what he uploaded, several files in their order, and reaches the others with them.', async () => {
    const [ann, bob] = [await connect('ann'), await connect('bob')];
    const files = [await upload('ann'), await upload('ann'), await upload('ann')].reverse();
    const sent = await ann.call('messages.send', { conversation, media: files.map((file) => file.sid) });
    const media = files.map(({ sid }) => ({
      sid,
      category: 'media',
      filename: null,
      contentType: 'image/png',
      size: png.length,
    }));
    expect(sent).toMatchObject({ body: null, media });
    const arrived = await bob.until(() =>
      bob.events.find((event) => event.type === 'message.added' && event.data.sid === sent.sid),
    );
    expect(arrived.data).toMatchObject({ media });
    expect(await bob.call('messages.get', { conversation, index: sent.index })).toMatchObject({ media });
    const plain = await ann.call('messages.send', { conversation, body: 'x' });
    expect(plain).not.toHaveProperty('media');
    for (const client of [ann, bob]) client.cut();
  });

  test.each<[string, () => Promise<string[]>, number]>([
    ['what another user uploaded', async () => [(await upload('bob')).sid], 50507],
    ['what a back end uploaded', async () => [(await upload()).sid], 50507],
    ['the same file twice', async () => Array(2).fill((await upload('ann')).sid), 50508],
    ['nothing', async () => [], 50503],
    [
      'more than ten files',
      async () => Array.from({ length: 11 }, (_, n) => `ME${String(n).padStart(32, '0')}`),
      20422,
    ],
    ['what is no SID', async () => ['x'], 50510],
  ])('cannot have %s.', async (_what, sidsOf, code) => {
    const ann = await connect('ann');
    const media = await sidsOf();
    const events = await at.eventsOf(async () => {
      expect(await codeOf(ann.call('messages.send', { conversation, media }))).toBe(code);
    });
    expect(events).toEqual([]);
    ann.cut();
  });

  test('takes the permission to send media.', async () => {
    const { sid: role } = await at.post('/v1/Roles', {
      FriendlyName: 'writer',
      Type: 'conversation',
      Permission: ['sendMessage'],
    });
    const { sid } = await at.post('/v1/Conversations');
    await at.post(`/v1/Conversations/${sid}/Participants`, { Identity: 'ann', RoleSid: role });
    const ann = await connect('ann');
    const file = await upload('ann');
    expect(await codeOf(ann.call('messages.send', { conversation: sid, media: [file.sid] }))).toBe(50107);
    expect(await codeOf(ann.call('messages.send', { conversation: sid, body: 'x' }))).toBe('none');
    ann.cut();
  });

  test('that is repeated with its key is one message.', async () => {
    const ann = await connect('ann');
    const { sid } = await upload('ann');
    const send = () => ann.call('messages.send', { conversation, media: [sid], key: 'once' });
    const [first, second] = [await send(), await send()];
    expect(second).toEqual(first);
    ann.cut();
  });
});
