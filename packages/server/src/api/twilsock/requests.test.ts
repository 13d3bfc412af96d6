import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendMessage } from '../../core/messages/actions.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';
import type { RawTwilsock } from '../../testing/raw-twilsock.ts';
import { writePacket } from './packet.ts';

let at: OpenRealtime;
beforeAll(async () => {
  at = await openRealtime();
});
afterAll(() => at.discard());

let count = 0;
/** Somebody in a conversation of his own and one he made. */
async function person(name = 'ann') {
  count += 1;
  const identity = `${name}-${count}`;
  const client = await at.twilsock(identity);
  const { body } = await client.request('POST', '/v2/Conversations', { friendly_name: 'Room', attributes: '{"a":1}' });
  const path = `/v2/Conversations/${body.sid}`;
  await client.request('POST', `${path}/Participants`, { identity });
  return { client, identity, conversation: body.sid as string, path };
}

test('A conversation is made, looked at, changed and removed.', async () => {
  const { client, conversation, path } = await person();
  const made = await client.request('GET', path);
  expect(made).toMatchObject({
    status: 200,
    body: {
      sid: conversation,
      friendly_name: 'Room',
      attributes: '{"a":1}',
      participants_count: 1,
      status: 'joined',
      sync_objects: { conversation: `${conversation}.channel`, participants: `${conversation}.roster` },
    },
  });
  expect((await client.request('POST', path, { unique_name: `room-${count}` })).status).toBe(200);
  const mine = await client.request('GET', `/v2/MyConversations/room-${count}`);
  expect(mine.body).toMatchObject({ conversation_sid: conversation, unread_messages_count: null });
  expect((await client.request('POST', path, { unique_name: '' })).body.unique_name).toBe(null);
  expect(await client.request('DELETE', path, {})).toMatchObject({ status: 204 });
  expect((await client.request('GET', path)).status).toBe(404);
});

test('A write that comes twice with one mutation id is one; with another body it is refused.', async () => {
  const { client, path } = await person();
  const mutation = { 'X-Twilio-Mutation-Id': `mutation-${count}` };
  const body = { body: 'once', attributes: '{}' };
  const first = await client.request('POST', `${path}/Messages`, body, mutation);
  const again = await client.request('POST', `${path}/Messages`, body, mutation);
  expect([first.status, first.body.index]).toEqual([201, 0]);
  expect(again.body).toEqual(first.body);
  const other = await client.request('POST', `${path}/Messages`, { body: 'twice' }, mutation);
  expect(other.status).toBe(409);
  expect((await client.request('GET', path)).body.messages_count).toBe(1);
});

test('Reading is set and taken back, and answered with what is unread.', async () => {
  const { client, conversation, path } = await person();
  for (const body of ['0', '1', '2']) await client.request('POST', `${path}/Messages`, { body });
  const mine = `/v2/MyConversations/${conversation}`;
  const unread = async (index: number | null) => {
    const { body } = await client.request('POST', mine, { last_read_message_index: index });
    return [body.last_read_message_index, body.unread_messages_count];
  };
  expect(await unread(0)).toEqual([0, 2]);
  expect(await unread(2)).toEqual([2, 0]);
  expect(await unread(null)).toEqual([null, null]);
  expect((await client.request('POST', mine, { notification_level: 'muted' })).body.notification_level).toBe('muted');
});

test('Names are decoded segment by segment, whatever stands in them.', async () => {
  const { client, path } = await person();
  const identity = `b%2Fen @ ü/${count}?`;
  await at.user(identity);
  expect((await client.request('POST', `${path}/Participants`, { identity })).status).toBe(201);
  const escaped = encodeURIComponent(identity);
  const user = await client.request('GET', `/v2/Users/${escaped}`);
  expect(user.body.identity).toBe(identity);
  expect((await client.request('DELETE', `${path}/Participants/${escaped}`, {})).status).toBe(204);
});

test('Typing is told to the others, and not to oneself.', async () => {
  const { client, conversation, path } = await person();
  count += 1;
  const ben = await at.twilsock(`ben-${count}`);
  await client.request('POST', `${path}/Participants`, { identity: `ben-${count}` });
  const roster = conversation.replace('CH', 'MP');
  for (const each of [client, ben]) await each.subscribe([roster, 'map', null]);
  expect((await client.request('POST', '/v2/Typing', `ChannelSid=${conversation}`)).body).toEqual({
    typing_timeout: 5,
  });
  const kind = 'twilio.ipmsg.typing_indicator';
  await ben.until(() => ben.notifications(kind).length > 0);
  expect(ben.notifications(kind)).toEqual([
    { channel_sid: conversation, identity: expect.stringContaining('ann'), typing_timeout: 6 },
  ]);
  await client.request('GET', path);
  expect(client.notifications(kind)).toEqual([]);
  const stranger = await person('stranger');
  expect(await stranger.client.request('POST', '/v2/Typing', `ChannelSid=${conversation}`)).toMatchObject({
    status: 404,
  });
});

test('What a user may not do is refused as over every other API, and nothing comes of it.', async () => {
  const { client, conversation, path } = await person();
  const stranger = await person('stranger');
  const refused: [RawTwilsock, string, string, unknown, number, number][] = [
    [stranger.client, 'GET', path, undefined, 404, 50350],
    [stranger.client, 'POST', `${path}/Messages`, { body: 'hi' }, 404, 50350],
    [stranger.client, 'GET', `/v2/MyConversations/${conversation}`, undefined, 404, 50350],
    [stranger.client, 'POST', `/v2/Users/${encodeURIComponent('nobody')}`, { attributes: '{}' }, 404, 50200],
    [client, 'POST', path, { attributes: '{' }, 400, 50304],
    [client, 'POST', `${path}/Messages`, { body: 'x'.repeat(33_000) }, 400, 50504],
    [client, 'POST', `${path}/Messages/IM${'0'.repeat(32)}`, { body: 'x' }, 404, 50500],
    [client, 'GET', `${path}/Messages/IM${'0'.repeat(32)}/Receipts`, undefined, 404, 50500],
    [client, 'POST', '/v2/Conversations', '{', 400, 20422],
    [client, 'POST', '/v2/Conversations', '[]', 400, 20422],
    [client, 'POST', '/v2/Conversations', { friendly_name: 7 }, 400, 20422],
    [client, 'POST', '/v2/Conversations', { friendly_name: 'a\0b' }, 400, 20422],
    [client, 'GET', '/v2/Conversations/a\0b', undefined, 400, 20422],
    [client, 'GET', '/v2/Users/%00', undefined, 404, 20404],
    [client, 'GET', '/v2/MyConversations?PageToken=xyz', undefined, 400, 20422],
    [client, 'GET', '/v2/Elsewhere', undefined, 404, 20404],
    [client, 'PUT', path, {}, 404, 20404],
    [client, 'GET', '/v2/Users/%zz', undefined, 404, 20404],
  ];
  for (const [who, method, where, body, status, code] of refused) {
    expect([where, await who.request(method, where, body)]).toMatchObject([where, { status, body: { status, code } }]);
  }
  expect((await client.request('GET', path)).body).toMatchObject({ messages_count: 0, attributes: '{"a":1}' });
});

test('A message has no channel metadata, and its receipts and recipients are lists.', async () => {
  const { client, conversation, path } = await person();
  const row = await at.core.run(sendMessage, at.account, { service: at.service, conversation, body: 'x' });
  expect(await client.request('GET', `${path}/Messages/${row.sid}/ChannelMetadata`)).toMatchObject({
    status: 404,
    body: { status: 404, code: 50530 },
  });
  const receipts = await client.request('GET', `${path}/Messages/${row.sid}/Receipts`);
  expect(receipts.body).toEqual({ delivery_receipts: [], meta: { previous_token: null, next_token: null } });
  for (const query of [`MessageSid=${row.sid}`, 'PageSize=10']) {
    const { body } = await client.request('GET', `${path}/MessageRecipients?${query}`);
    expect(body).toEqual({ message_recipients: [], meta: { previous_token: null, next_token: null } });
  }
});

test('A body that is too large is refused, and the connection stays.', async () => {
  const { client, path } = await person();
  expect(await client.request('POST', `${path}/Messages`, { body: 'x'.repeat(300_000) })).toMatchObject({
    status: 413,
    body: { code: 20413 },
  });
  expect((await client.request('GET', path)).status).toBe(200);
});

test('Of a client that asks and does not read, no more is taken until it does; then it gets all its answers.', async () => {
  const { client, path } = await person();
  const body = 'x'.repeat(30_000);
  for (let n = 0; n < 20; n += 1) await client.request('POST', `${path}/Messages`, { body });
  const items = `/v3/Lists/ES${path.slice(-32)}/Items?PageSize=20`;
  client.pause();
  const answers = Promise.all(Array.from({ length: 80 }, () => client.request('GET', items)));
  // Others are served meanwhile, and what waits for the one is bounded: 80 answers are 48 MB.
  const other = await person('ben');
  for (let n = 0; n < 20; n += 1) expect((await other.client.request('GET', other.path)).status).toBe(200);
  client.continue();
  for (const { status, body: page } of await answers) expect([status, page.items.length]).toEqual([200, 20]);
  expect(client.closed).toBe(undefined);
});

test('What is no packet is not answered; who sends nothing else is closed, and others go on.', async () => {
  const [mallory, ann] = [await person('mallory'), await person()];
  for (let n = 0; n < 20; n += 1) mallory.client.send(n % 2 === 0 ? Buffer.from('TWILSOCK V3.0 9999\r\n{}') : 'text');
  expect((await mallory.client.request('GET', mallory.path)).status).toBe(200);
  mallory.client.send(writePacket({ method: 'x', id: '' }));
  expect(await mallory.client.end()).toBe(4400);
  expect((await ann.client.request('GET', ann.path)).status).toBe(200);
});
