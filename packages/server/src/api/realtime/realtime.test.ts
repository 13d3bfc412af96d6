import { isSid } from '@colloquy/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import { createUser, deleteUser, updateUser } from '../../core/users/actions.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';
import type { RawClient, Transport } from '../../testing/raw-client.ts';

describe.each<Transport>(['websocket', 'polling'])('Over %s', (transport) => {
  let at: OpenRealtime;
  beforeEach(async () => {
    at = await openRealtime({}, transport);
  });
  afterEach(() => at.discard());

  const refusalOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'none',
      (error: { code?: number }) => error.code,
    );

  describe('Connecting', () => {
    test('A first connection makes the user, and answers with all it takes to begin.', async () => {
      const ann = await at.connect('ann');
      expect(ann.connected).toMatchObject({
        user: { identity: 'ann', friendlyName: 'ann' },
        conversations: { items: [], next: null },
        events: [],
        reset: [],
        tokenExpires: at.clock.now() + 3_600_000,
      });
      expect(isSid(ann.connected?.user.sid, 'US')).toBe(true);
      const again = await at.connect('ann');
      expect(again.connected?.user.sid).toBe(ann.connected?.user.sid);
    });

    test('The first page has the conversations with their positions.', async () => {
      const room = await at.roomOf('ann');
      const { connected } = await at.connect('ann');
      expect(connected?.conversations?.items).toMatchObject([
        { conversation: { sid: room }, membership: { conversationSid: room, lastReadMessageIndex: null }, position: 2 },
      ]);
    });

    test.each([
      ['no token at all', async () => 'nonsense', 20101],
      ['an expired one', async () => at.token('ann', -1), 20104],
      ['one signed with another key', async () => `${(await at.token('ann')).slice(0, -4)}AAAA`, 20107],
      ['one that lasts longer than a day', async () => at.token('ann', 100_000), 20157],
    ])('With %s it is refused and closed, and no user is made.', async (_what, token, code) => {
      const socket = await at.socket();
      expect(await refusalOf(socket.call('connect', { token: await token() }))).toBe(code);
      await socket.until(() => socket.closed);
      expect(socket.closed?.code).toBe(4401);
      expect(at.events.filter((event) => event.type === 'user.added')).toEqual([]);
    });

    test('Nothing works before connecting, and connecting twice does not either.', async () => {
      const socket = await at.socket();
      expect(await refusalOf(socket.call('conversations.list', {}))).toBe(20003);
      // What a stranger says is not even looked at.
      expect(await refusalOf(socket.call('conversations.list', { limit: 'many' } as never))).toBe(20003);
      const ann = await at.connect('ann');
      expect(await refusalOf(ann.call('connect', { token: await at.token('ann') }))).toBe(20409);
    });

    test('A server that cannot write does not blame the token of a new user.', async () => {
      const { write } = at.storage;
      at.storage.write = () => Promise.reject(new Error('The disk is full.'));
      const ann = await at.socket();
      const connect = async () => ann.call('connect', { token: await at.token('ann') });
      expect(await refusalOf(connect())).toBe(20500);
      expect((await ann.until(() => ann.closed)).code).toBe(4429);
      at.storage.write = write;
      expect(await refusalOf(at.connect('ann'))).toBe('none');
    });

    test('A removed user is cut off.', async () => {
      const ann = await at.connect('ann');
      await at.core.run(deleteUser, at.account, { service: at.service, user: 'ann' });
      await ann.until(() => ann.closed);
      expect(ann.closed?.code).toBe(4403);
    });
  });

  describe('In a conversation', () => {
    test('Creating one, joining it, adding others and writing is seen by everyone in it, in order, the writer included.', async () => {
      const [ann, ben] = [await at.connect('ann'), await at.connect('ben')];
      const { conversation } = await ann.call('conversations.create', { friendlyName: 'Room', attributes: '{"a":1}' });
      await ann.call('conversations.join', { conversation: conversation.sid });
      await ann.call('participants.add', { conversation: conversation.sid, identity: 'ben' });
      await ben.event('membership.added');
      for (const body of ['one', 'two', 'three']) {
        await ann.call('messages.send', { conversation: conversation.sid, body });
      }
      const stream = (client: RawClient) =>
        client.events.filter((event) => event.stream === conversation.sid).map((event) => [event.type, event.position]);
      await ann.event('message.added', 2);
      await ben.event('message.added', 2);
      const messages = [4, 5, 6].map((position) => ['message.added', position]);
      expect(stream(ann)).toEqual([['participant.added', 3], ...messages]);
      expect(stream(ben)).toEqual(messages);
      expect((await ben.event('membership.added')).data).toMatchObject({
        conversation: { sid: conversation.sid, friendlyName: 'Room', attributes: '{"a":1}' },
        position: 3,
      });
    });

    test('A stranger can neither fetch nor join nor read nor write it, and hears nothing of it.', async () => {
      const room = await at.roomOf('ann');
      const [ann, eve] = [await at.connect('ann'), await at.connect('eve')];
      const tries = [
        eve.call('conversations.get', { conversation: room }),
        eve.call('conversations.join', { conversation: room }),
        eve.call('conversations.update', { conversation: room, friendlyName: 'mine' }),
        eve.call('conversations.delete', { conversation: room }),
        eve.call('conversations.counts', { conversation: room }),
        eve.call('messages.list', { conversation: room }),
        eve.call('messages.send', { conversation: room, body: 'x' }),
        eve.call('participants.list', { conversation: room }),
        eve.call('participants.add', { conversation: room, identity: 'eve' }),
        eve.call('events.list', { stream: room, after: 0 }),
        eve.call('typing', { conversation: room }),
      ];
      expect(await Promise.all(tries.map(refusalOf))).toEqual(tries.map(() => 50350));
      await ann.call('messages.send', { conversation: room, body: 'secret' });
      await eve.call('ping', {});
      expect(eve.events.filter((event) => event.stream === room)).toEqual([]);
      expect((await eve.call('conversations.list', {})).items).toEqual([]);
    });

    test('Whoever was removed hears nothing from then on; whoever is added hears what follows.', async () => {
      const room = await at.roomOf('ann', 'ben');
      const [ann, ben] = [await at.connect('ann'), await at.connect('ben')];
      await at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body: 'both' });
      await ben.call('conversations.leave', { conversation: room });
      await ben.event('membership.removed');
      await ann.call('messages.send', { conversation: room, body: 'alone' });
      await ben.call('ping', {});
      expect(ben.events.filter((event) => event.type === 'message.added')).toHaveLength(1);
      expect(await refusalOf(ben.call('messages.list', { conversation: room }))).toBe(50350);
      await at.core.run(addParticipant, at.account, { service: at.service, conversation: room, identity: 'ben' });
      await ben.event('membership.added');
      await ann.call('messages.send', { conversation: room, body: 'again' });
      expect((await ben.event('message.added', 1)).data.body).toBe('again');
    });

    test('A participant without the permission is told which one he lacks.', async () => {
      const room = await at.roomOf('ann', 'ben');
      const ann = await at.connect('ann');
      const refused = ann.call('conversations.update', { conversation: room, friendlyName: 'x' });
      await expect(refused).rejects.toMatchObject({
        code: 50107,
        data: { status: 403, help: expect.stringContaining('editConversationName') },
      });
    });

    test('Who made a conversation and has not joined it cannot write in it.', async () => {
      const ann = await at.connect('ann');
      const { conversation } = await ann.call('conversations.create', {});
      expect(await refusalOf(ann.call('messages.send', { conversation: conversation.sid, body: 'x' }))).toBe(50430);
    });

    test('Messages that one socket sends without waiting get their indexes in the order they were sent.', async () => {
      const room = await at.roomOf('ann');
      const ann = await at.connect('ann');
      const bodies = Array.from({ length: 200 }, (_unused, n) => `${n}`);
      const sent = bodies.map((body) => ann.call('messages.send', { conversation: room, body, key: body }));
      expect((await Promise.all(sent)).map((message) => message.index)).toEqual(bodies.map(Number));
    });

    test('A repeated send with the same key is one message.', async () => {
      const room = await at.roomOf('ann');
      const ann = await at.connect('ann');
      const send = () => ann.call('messages.send', { conversation: room, body: 'once', key: 'k1' });
      const [first, second] = await Promise.all([send(), send()]);
      expect(second).toEqual(first);
      expect((await ann.call('messages.list', { conversation: room })).items).toHaveLength(1);
    });

    test('Messages are paged both ways from any index, past removed ones.', async () => {
      const room = await at.roomOf('ann');
      const ann = await at.connect('ann');
      for (let n = 0; n < 10; n += 1) await ann.call('messages.send', { conversation: room, body: `${n}` });
      await ann.call('messages.remove', { conversation: room, index: 5 });
      const page = async (anchor?: number, direction?: 'backwards' | 'forward') => {
        const { items, previous, next } = await ann.call('messages.list', {
          conversation: room,
          limit: 3,
          ...(anchor !== undefined && { anchor }),
          ...(direction && { direction }),
        });
        return [items.map((item) => item.index), previous, next];
      };
      expect(await page()).toEqual([[7, 8, 9], 6, null]);
      expect(await page(6)).toEqual([[3, 4, 6], 2, 7]);
      expect(await page(1)).toEqual([[0, 1], null, 2]);
      expect(await page(4, 'forward')).toEqual([[4, 6, 7], 3, 8]);
      expect(await page(undefined, 'forward')).toEqual([[0, 1, 2], null, 3]);
      expect(await page(100, 'forward')).toEqual([[], 99, null]);
    });

    test('The read horizon advances, goes back when told so, and the count of unread messages is exact.', async () => {
      const room = await at.roomOf('ann', 'ben');
      const [ann, ben] = [await at.connect('ann'), await at.connect('ben')];
      for (let n = 0; n < 5; n += 1) await ben.call('messages.send', { conversation: room, body: `${n}` });
      const read = async (change: NonNullable<Parameters<typeof update>[0]>) => (await update(change)).unread;
      const update = (change: { mode: 'set' | 'advance'; index: number } | { mode: 'all' | 'none' }) =>
        ann.call('membership.update', { conversation: room, read: change });
      expect((await ann.call('conversations.counts', { conversation: room })).unread).toBe(null);
      expect(await read({ mode: 'advance', index: 1 })).toBe(3);
      expect(await read({ mode: 'advance', index: 0 })).toBe(3);
      expect(await read({ mode: 'set', index: 0 })).toBe(4);
      await ben.call('messages.remove', { conversation: room, index: 2 });
      expect((await ann.call('conversations.counts', { conversation: room })).unread).toBe(3);
      expect(await read({ mode: 'all' })).toBe(0);
      expect(await read({ mode: 'none' })).toBe(null);
      expect((await ben.event('participant.updated', 0)).data).toMatchObject({
        identity: 'ann',
        lastReadMessageIndex: 1,
      });
    });

    test('Typing reaches the others at once and is not logged.', async () => {
      const room = await at.roomOf('ann', 'ben');
      const [ann, ben] = [await at.connect('ann'), await at.connect('ben')];
      const before = at.events.length;
      await ann.call('typing', { conversation: room });
      await ben.until(() => ben.notifications.length > 0);
      expect(ben.notifications).toMatchObject([{ method: 'typing', params: { conversation: room, identity: 'ann' } }]);
      await ann.call('ping', {});
      expect(ann.notifications).toEqual([]);
      expect(at.events.length).toBe(before);
    });

    test('Who says it again and again is passed on once in a second, in each conversation.', async () => {
      const [room, other] = [await at.roomOf('ann', 'ben'), await at.roomOf('ann', 'ben')];
      const [ann, ben] = [await at.connect('ann'), await at.connect('ben')];
      const type = (conversation: string) => Promise.all([1, 2, 3].map(() => ann.call('typing', { conversation })));
      const told = () => ben.notifications.map(({ params }) => (params as { conversation: string }).conversation);
      await type(room);
      await type(other);
      at.clock.advance(999);
      await type(room);
      await ben.call('ping', {});
      expect(told()).toEqual([room, other]);
      at.clock.advance(1);
      await type(room);
      await ben.until(() => ben.notifications.length > 2);
      await ben.call('ping', {});
      expect(told()).toEqual([room, other, room]);
    });

    test('Removing the conversation takes it from everyone.', async () => {
      const [ann, ben] = [await at.connect('ann'), await at.connect('ben')];
      const { conversation } = await ann.call('conversations.create', { uniqueName: 'gone soon' });
      await ann.call('conversations.join', { conversation: 'gone soon' });
      await ann.call('participants.add', { conversation: 'gone soon', identity: 'ben' });
      await ann.call('conversations.delete', { conversation: 'gone soon' });
      expect((await ben.event('membership.removed')).data).toMatchObject({
        membership: { conversationSid: conversation.sid },
        reason: 'deleted',
      });
      expect(await refusalOf(ann.call('conversations.get', { conversation: conversation.sid }))).toBe(50350);
    });
  });

  describe('Other users', () => {
    test('Watching one tells of his changes, and of nothing else of his.', async () => {
      const [ann, ben] = [await at.connect('ann'), await at.connect('ben')];
      await ann.call('users.subscribe', { users: ['ben'] });
      await ben.call('conversations.create', {});
      await ben.call('users.update', { user: 'ben', friendlyName: 'Ben B.' });
      await ann.until(() => ann.notifications.length > 0);
      expect(ann.notifications).toMatchObject([{ method: 'user', params: { user: { friendlyName: 'Ben B.' } } }]);
      expect(await refusalOf(ann.call('users.update', { user: 'ben', friendlyName: 'x' }))).toBe(50107);
    });
  });

  test('A hundred users are watched at a time, those that were named last; who is not known is left out.', async () => {
    const names = Array.from({ length: 101 }, (_, n) => `user ${n}`) as [string, string, ...string[]];
    for (const identity of names) await at.core.run(createUser, at.account, { service: at.service, identity });
    const ann = await at.connect('ann');
    await ann.call('users.subscribe', { users: names.slice(0, 100) });
    const { items } = await ann.call('users.subscribe', { users: ['nobody', 'user 100'] });
    expect(items.map(({ identity }) => identity)).toEqual(['user 100']);
    for (const user of names.slice(0, 2))
      await at.core.run(updateUser, at.account, { service: at.service, user, friendlyName: 'new' });
    await ann.until(() => ann.notifications.length > 0);
    expect(ann.notifications).toMatchObject([{ method: 'user', params: { user: { identity: 'user 1' } } }]);
  });

  describe('Bad frames', () => {
    test.each([
      ['not JSON', '{', -32700],
      ['no object', '[]', -32600],
      ['no id', '{"jsonrpc":"2.0","method":"ping"}', -32600],
      ['another version', '{"jsonrpc":"1.0","id":"a","method":"ping"}', -32600],
      ['an unknown method', '{"jsonrpc":"2.0","id":"a","method":"constructor"}', -32601],
      [
        'parameters of the wrong type',
        '{"jsonrpc":"2.0","id":"a","method":"typing","params":{"conversation":1}}',
        -32602,
      ],
      ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe]), -32700],
    ])('%s is answered with its error, and the socket goes on.', async (_what, frame, code) => {
      const ann = await at.connect('ann');
      ann.send(frame);
      const [answer] = await ann.until(() => ann.strays.length > 0 && ann.strays);
      expect(answer?.error?.code).toBe(code);
      await ann.call('ping', {});
    });

    test('A frame over the limit closes the socket with 1009.', async () => {
      const ann = await at.connect('ann');
      ann.send('x'.repeat(1024 * 1024 + 1));
      await ann.until(() => ann.closed);
      expect(ann.closed?.code).toBe(1009);
    });
  });
});
