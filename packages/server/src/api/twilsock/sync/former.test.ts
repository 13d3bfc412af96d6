import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenMedia, openMediaServer } from '../../../testing/open-media.ts';
import { RawTwilsock } from '../../../testing/raw-twilsock.ts';

let at: OpenMedia;
const clients: RawTwilsock[] = [];
beforeAll(async () => {
  at = await openMediaServer();
});
afterAll(async () => {
  for (const client of clients) client.cut();
  await at.discard();
});

async function connect(identity: string): Promise<RawTwilsock> {
  const client = await RawTwilsock.open(at.url.replace('http', 'ws'));
  clients.push(client);
  await client.init(await at.token(identity));
  return client;
}

async function roomOf(...identities: string[]): Promise<string> {
  const { sid } = await at.post('/v1/Conversations', { FriendlyName: 'Room', Attributes: '{"a":1}' });
  for (const Identity of identities) await at.post(`/v1/Conversations/${sid}/Participants`, { Identity });
  await at.post(`/v1/Conversations/${sid}/Messages`, { Body: 'a secret' });
  return sid;
}

/** What there is to open of a conversation, and the status of each answer. */
async function opened(identity: string, room: string) {
  const client = await connect(identity);
  const open = (collection: string, what: string) => client.get(`/v3/${collection}/${room}.${what}`);
  const document = await open('Documents', 'channel');
  const [list, roster] = [await open('Lists', 'messages'), await open('Maps', 'roster')];
  const itemsOf = async ({ body, status }: typeof list) =>
    status === 200
      ? (await client.get(`${new URL(body.links.items).pathname}?Order=asc&PageSize=10`)).body.items
      : undefined;
  return {
    statuses: [document.status, list.status, roster.status],
    data: document.body.data,
    messages: await itemsOf(list),
    participants: await itemsOf(roster),
  };
}

const missing = { statuses: [404, 404, 404], data: undefined, messages: undefined, participants: undefined };

test('A conversation that was removed can be opened for five minutes by who was in it, as it was, and is empty.', async () => {
  const room = await roomOf('ann');
  await at.remove(`/v1/Conversations/${room}`);
  expect(await opened('ann', room)).toMatchObject({
    statuses: [200, 200, 200],
    data: { friendlyName: 'Room', attributes: '{"a":1}', messages: `${room}.messages`, roster: `${room}.roster` },
    messages: [],
    participants: [],
  });
  expect(await opened('eve', room)).toEqual(missing);
  at.clock.advance(5 * 60 * 1000);
  expect(await opened('ann', room)).toEqual(missing);
});

test('One that goes on without a user can be opened by him as long, and shows nothing of itself.', async () => {
  const room = await roomOf('ann', 'ben');
  await at.remove(`/v1/Conversations/${room}/Participants/ann`);
  await at.post(`/v1/Conversations/${room}`, { FriendlyName: 'About Ann' });
  const { statuses, data, messages, participants } = await opened('ann', room);
  expect([statuses, messages, participants]).toEqual([[200, 200, 200], [], []]);
  expect(data).toMatchObject({ messages: `${room}.messages`, roster: `${room}.roster`, lastMessage: null });
  expect(data).toMatchObject({ friendlyName: null, attributes: '{}' });
  const ann = await connect('ann');
  // Neither REST nor a subscription makes an exception.
  expect((await ann.get(`/v2/Conversations/${room}`)).status).toBe(404);
  expect(await ann.subscribe([`ET${room.slice(2)}`, 'document', 0])).toMatchObject([
    { event_type: 'subscription_failed', events: [{ error: { status: 404 } }] },
  ]);
  expect(await opened('eve', room)).toEqual(missing);
  // Who comes back sees it whole.
  await at.post(`/v1/Conversations/${room}/Participants`, { Identity: 'ann' });
  const again = await opened('ann', room);
  expect([again.data.friendlyName, again.messages.length, again.participants.length]).toEqual(['About Ann', 1, 2]);
  await at.remove(`/v1/Conversations/${room}/Participants/ann`);
  at.clock.advance(5 * 60 * 1000);
  expect(await opened('ann', room)).toEqual(missing);
});
