import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenMedia, openMediaServer } from '../../testing/open-media.ts';
import { RawTwilsock } from '../../testing/raw-twilsock.ts';

let at: OpenMedia;
let template: string;
const clients: RawTwilsock[] = [];
beforeAll(async () => {
  at = await openMediaServer();
  const answer = await at.fetch('/v1/Content', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      language: 'en',
      types: { 'twilio/quick-reply': { body: 'Well, {{1}}?', actions: [{ title: 'Jä', id: '{{1}}' }] } },
    }),
  });
  template = (await answer.json()).sid;
});
afterAll(async () => {
  for (const client of clients) client.cut();
  await at.discard();
});

const shown = { data: { body: 'Well, Ben?', actions: [{ title: 'Jä', id: 'Ben' }] } };
const size = Buffer.byteLength(JSON.stringify(shown));
const entry = {
  sid: expect.stringMatching(/^ME[0-9a-f]{32}$/),
  category: 'body',
  filename: null,
  contentType: 'application/x-vnd.com.twilio.rich.twilio.quick-reply',
  size,
};

async function connect(identity: string): Promise<RawTwilsock> {
  const client = await RawTwilsock.open(at.url.replace('http', 'ws'));
  clients.push(client);
  await client.init(await at.token(identity));
  return client;
}

/** A conversation of Ann. */
async function roomOf(identity: string): Promise<{ room: string; list: string }> {
  const { sid: room } = await at.post('/v1/Conversations');
  await at.post(`/v1/Conversations/${room}/Participants`, { Identity: identity });
  return { room, list: `ES${room.slice(2)}` };
}

const sendTo = (room: string) =>
  at.post(`/v1/Conversations/${room}/Messages`, { ContentSid: template, ContentVariables: '{"1":"Ben"}' });

const asUser = async (identity: string) => ({ 'x-twilio-token': await at.token(identity) });

test('What a message of a template shows is among its media: live, in pages, when it is missed, and once it was edited.', async () => {
  const { room, list } = await roomOf('ann');
  const ann = await connect('ann');
  const { last_event_id: before } = (await ann.get(`/v3/Lists/${list}`)).body;
  await ann.subscribe([list, 'list', before]);
  const sent = await sendTo(room);
  const live = (await ann.event('list_item_added')).item_data;
  expect(live).toMatchObject({ sid: sent.sid, type: 'text', text: 'Well, Ben?', contentSid: template });
  expect(live.medias).toEqual([entry]);
  expect('media' in live).toBe(false);

  await at.post(`/v1/Conversations/${room}/Messages/${sent.sid}`, { Body: 'Well?' });
  expect((await ann.event('list_item_updated')).item_data).toMatchObject({ text: 'Well?', medias: live.medias });
  const { items } = (await ann.get(`/v3/Lists/${list}/Items?Order=desc&PageSize=10`)).body;
  expect(items[0].data).toMatchObject({ text: 'Well?', medias: live.medias });

  const later = await connect('ann');
  await later.subscribe([list, 'list', before]);
  expect((await later.event('list_item_added')).item_data.medias).toEqual(live.medias);
});

test('A message that is only text has no media, and REST tells of none of a template either.', async () => {
  const { room, list } = await roomOf('ann');
  await at.post(`/v1/Conversations/${room}/Messages`, { Body: 'text' });
  expect((await sendTo(room)).media).toBe(null);
  const ann = await connect('ann');
  const { items } = (await ann.get(`/v3/Lists/${list}/Items?Order=asc&PageSize=10`)).body;
  expect(items.map(({ data }: { data: { medias: object[] } }) => data.medias)).toEqual([[], [entry]]);
});

test('It is read as other media are, by whoever sees the message.', async () => {
  const { room } = await roomOf('ann');
  const { sid: message } = await sendTo(room);
  const sid = `ME${message.slice(2)}`;
  const url = `/v1/Services/${at.service}/Media/${sid}`;
  const headers = await asUser('ann');
  const described = await (await at.fetch(url, { headers })).json();
  expect(described).toMatchObject({
    sid,
    category: 'body',
    content_type: entry.contentType,
    size,
    author: 'system',
    filename: null,
    channel_sid: room,
    message_sid: message,
  });
  const set = await at.fetch(`/v1/Services/${at.service}/MediaSet`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ command: 'get', list: [{ media_sid: sid }] }),
  });
  expect(await set.json()).toMatchObject([{ code: 200, media_record: { sid, size } }]);

  const byLink = { headers: { authorization: 'none' } };
  for (const answer of [
    await at.fetch(`${url}/Content`, { headers }),
    await at.fetch(described.links.content_direct_temporary, byLink),
  ]) {
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(entry.contentType);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(await answer.json()).toEqual(shown);
  }
  const piece = await at.fetch(`${url}/Content`, { headers: { ...headers, range: 'bytes=2-5' } });
  expect([piece.status, await piece.text()]).toEqual([206, 'data']);
});

test('Nobody else reads it, and nobody does once the message is gone.', async () => {
  const { room } = await roomOf('ann');
  const { sid: message } = await sendTo(room);
  const { sid: plain } = await at.post(`/v1/Conversations/${room}/Messages`, { Body: 'text' });
  const { sid: other } = await at.post('/v1/Services', { FriendlyName: 'other' });
  const of = (sid: string, service = at.service) => `/v1/Services/${service}/Media/ME${sid.slice(2)}`;
  const status = async (url: string, headers: Record<string, string>) => (await at.fetch(url, { headers })).status;
  const account = {};
  const link = (await (await at.fetch(of(message))).json()).links.content_direct_temporary;

  expect(await status(of(message), await asUser('ann'))).toBe(200);
  expect(await status(of(message), await asUser('eve'))).toBe(404);
  expect(await status(of(message, other), account)).toBe(404);
  expect(await status(of(plain), account)).toBe(404);
  const attach = { form: { MediaSid: `ME${message.slice(2)}` } };
  expect((await at.ask('POST', `/v1/Conversations/${room}/Messages`, attach)).body.code).toBe(50507);

  await at.remove(`/v1/Conversations/${room}/Messages/${message}`);
  expect(await status(of(message), await asUser('ann'))).toBe(404);
  expect(await status(link, { authorization: 'none' })).toBe(404);
});
