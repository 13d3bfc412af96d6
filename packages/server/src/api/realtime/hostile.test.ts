import { once } from 'node:events';
import { connect } from 'node:net';
import { limits } from '@colloquy/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createConversation } from '../../core/conversations/actions.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import { type OpenRealtime, openRealtime, testKeys } from '../../testing/open-realtime.ts';
import { makeToken } from '../tokens.ts';

let at: OpenRealtime;
beforeEach(async () => {
  at = await openRealtime();
});
afterEach(() => at.discard());

/** A conversation made by a back end. */
async function converse(...identities: string[]): Promise<string> {
  const { service, core, account } = at;
  const { sid } = await core.run(createConversation, account, { service });
  for (const identity of identities) await core.run(addParticipant, account, { service, conversation: sid, identity });
  return sid;
}

const upgrade = [
  'GET /v1/x/realtime HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** A WebSocket that never answers a close frame. */
function openStubborn() {
  const { hostname, port } = new URL(at.address);
  const socket = connect(Number(port), hostname);
  let received = Buffer.alloc(0);
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
  });
  socket.write(`${upgrade.join('\r\n')}\r\n\r\n`);
  return {
    socket,
    hears: async (part: string | Buffer) => {
      while (!received.includes(part)) await once(socket, 'data');
    },
    send: (method: string, params: object) => {
      const text = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: method, method, params }));
      // Masked with zeros, the length in two bytes: RFC 6455, section 5.2.
      socket.write(Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 0xff, 0, 0, 0, 0]));
      socket.write(text);
    },
  };
}

test('What comes after the farewell of an expired token is not done, whatever the peer makes of the farewell.', async () => {
  const conversation = await converse('ann');
  const { socket, hears, send } = openStubborn();
  await hears('101');
  send('connect', { token: await at.token('ann', 60) });
  await hears('"session"');
  send('messages.send', { conversation, body: 'in time' });
  await hears('in time');
  at.clock.advance(45_000);
  send('messages.list', { conversation, direction: 'backwards', limit: 1 });
  await hears('"previous"');
  at.clock.advance(16_000);
  await hears(Buffer.from([4402 >> 8, 4402 & 0xff]));
  send('messages.send', { conversation, body: 'late' });
  // The server has read it once it has seen the end that follows it.
  socket.end();
  await once(socket, 'close');
  await at.core.run(sendMessage, at.account, { service: at.service, conversation, body: 'of the back end' });
  const rows = await at.core.db.sql.selectFrom('messages').select('body').orderBy('idx').execute();
  expect(rows.map((row) => row.body)).toEqual(['in time', 'of the back end']);
});

test('A socket is connected as one user: the second of two requests at once is refused.', async () => {
  const conversation = await converse('ben');
  const socket = await at.socket();
  const tokens = [await at.token('ann'), await at.token('ben')] as const;
  const [first, second] = await Promise.allSettled(tokens.map((token) => socket.call('connect', { token })));
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 20409 } });
  if (first?.status === 'rejected') expect(socket.closed?.code).toBe(4401);
  await at.core.run(sendMessage, at.account, { service: at.service, conversation, body: 'for ben' });
  const ben = await at.connect('ben');
  await ben.call('ping', {});
  expect(socket.events).toEqual([]);
});

test('A change of nothing is refused to users, so that nobody appears to have changed what is not his.', async () => {
  const conversation = await converse('ann', 'ben');
  const [ann, ben] = [await at.connect('ann'), await at.connect('ben')];
  const { index } = await ann.call('messages.send', { conversation, body: 'mine' });
  const before = at.events.length;
  await expect(ben.call('messages.update', { conversation, index })).rejects.toMatchObject({ code: 50347 });
  await expect(ben.call('conversations.update', { conversation })).rejects.toMatchObject({ code: 50347 });
  expect(at.events.length).toBe(before);
});

test.each(['half \ud800', 'null \0'])('Text that would not come back as it was sent is refused: %j.', async (text) => {
  const conversation = await converse('ann');
  const ann = await at.connect('ann');
  const before = at.events.length;
  const refused = { code: -32602 };
  await expect(ann.call('messages.send', { conversation, body: text })).rejects.toMatchObject(refused);
  await expect(ann.call('messages.send', { conversation, body: 'x', key: text })).rejects.toMatchObject(refused);
  await expect(ann.call('conversations.create', { uniqueName: text })).rejects.toMatchObject(refused);
  await expect(ann.call('users.get', { user: text })).rejects.toMatchObject(refused);
  const socket = await at.socket();
  const token = await makeToken(testKeys, { identity: text, service: at.service }, at.clock.now());
  await expect(socket.call('connect', { token })).rejects.toMatchObject({ code: 20106 });
  expect(at.events.length).toBe(before);
});

test('Nobody takes the place of a participant by an identity that is the SID of that one.', async () => {
  const conversation = await converse('ann');
  const { items } = await (await at.connect('ann')).call('participants.list', { conversation });
  const identity = items[0]?.sid as string;
  const socket = await at.socket();
  await expect(socket.call('connect', { token: await at.token(identity) })).rejects.toMatchObject({ code: 20106 });
  const add = at.core.run(addParticipant, at.account, { service: at.service, conversation, identity });
  await expect(add).rejects.toMatchObject({ code: 50206 });
});

test('Nobody is let in as another user by an identity that is the SID of that one.', async () => {
  const { user } = await at.user('ann');
  const socket = await at.socket();
  const token = await at.token(user);
  await expect(socket.call('connect', { token })).rejects.toMatchObject({ code: 20106 });
});

test('A request larger than any that makes sense is refused before it waits for anything.', async () => {
  const conversation = await converse('ann');
  const ann = await at.connect('ann');
  const body = (length: number) => ann.call('messages.send', { conversation, body: 'x'.repeat(length) });
  await expect(body(limits.requestBodyBytes)).rejects.toMatchObject({ code: 20413, data: { status: 413 } });
  await expect(body(limits.requestBodyBytes - 1000)).rejects.toMatchObject({ code: 50504 });
  expect((await body(limits.messageBodyBytes)).body?.length).toBe(limits.messageBodyBytes);
});

test.each([
  ['of millions of brackets', '['.repeat(500_000) + ']'.repeat(500_000)],
  ['of objects within each other', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`],
  ['of as many lists as fit', `[${'[],'.repeat(340_000)}[]]`],
  ['of as many names as fit', `{${Array.from({ length: 75_000 }, (_unused, n) => `"k${n}":{}`).join()}}`],
  ['of as many numbers as fit', `[${'0,'.repeat(500_000)}0]`],
])('A frame %s is taken for no request, and not read, of strangers and users.', async (_what, value) => {
  const clients = [await at.socket(), await at.connect('ann')];
  const frame = `{"jsonrpc":"2.0","id":1,"method":"connect","params":${value}}`;
  for (const client of clients) {
    client.send(frame);
    await client.until(() => client.strays.length > 0);
    expect(client.strays).toMatchObject([{ id: null, error: { code: -32600 } }]);
  }
  await expect(clients[1]?.call('ping', {})).resolves.toBeDefined();
});

test('What clients that come back say they have is read, as much as fits into a frame.', async () => {
  const back = await at.socket();
  const positions = Object.fromEntries(
    Array.from({ length: 26_000 }, (_unused, n) => [`CH${String(n).padStart(32, '0')}`, n % 10]),
  );
  const connected = await back.call('connect', {
    token: await at.token('ann'),
    resume: { cursor: '1', positions },
  });
  expect(connected.session).toBeTypeOf('string');
  const conversation = await converse('ann');
  const knows = Array.from({ length: 150_000 }, (_unused, n) => n);
  const { gone } = await back.call('conversations.changes', { conversation, after: 0, knows });
  expect(gone).toHaveLength(150_000);
});
