import { Client, type Conversation, type Message } from '@colloquy/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openRefusingProxy } from './refusing-proxy.ts';
import { next, RestartableServer } from './restartable-server.ts';

describe.each(['WebSockets', 'a proxy that lets none through'])('Through %s', (through) => {
  let server: RestartableServer;
  let proxy: Awaited<ReturnType<typeof openRefusingProxy>>;
  /** Where the clients go. */
  let url: string;
  const clients: Client[] = [];
  beforeAll(async () => {
    server = await RestartableServer.start();
    proxy = await openRefusingProxy(server.url);
    url = through === 'WebSockets' ? server.url : proxy.url;
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.shutdown()));
  });
  afterAll(async () => {
    expect(proxy.refused > 0).toBe(through !== 'WebSockets');
    await proxy.close();
    await server.discard();
  });

  let people = 0;
  /** A user whom no other test knows. */
  async function person(name = 'person', token?: string): Promise<Client & { identity: string }> {
    people += 1;
    const identity = `${name} ${people}`;
    const client = await Client.create(token ?? (await server.token(identity)), { url });
    clients.push(client);
    return Object.assign(client, { identity });
  }

  async function room(creator: Client, ...others: { identity: string }[]): Promise<Conversation> {
    const conversation = await creator.createConversation({ friendlyName: 'Room' });
    await conversation.join();
    for (const { identity } of others) await conversation.add(identity);
    return conversation;
  }

  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 0,
      (error: { code: number }) => error.code,
    );

  describe('Tokens of the official library', () => {
    test('A good one connects, and makes the user on the first connection.', async () => {
      const ann = await person('ann');
      expect(ann.user.identity).toBe(ann.identity);
      expect(await server.rest.users(ann.identity).fetch()).toMatchObject({ friendlyName: ann.identity });
    });

    test.each([
      ['signed with another secret', { secret: 'another secret of the right length' }, 20107],
      ['expired', { ttl: -1 }, 20104],
      ['of a service that is not there', { service: `IS${'0'.repeat(32)}` }, 20106],
    ])('One that is %s is refused.', async (_what, options, code) => {
      const token = await server.token('mallory', options);
      expect(await codeOf(Client.create(token, { url }))).toBe(code);
    });

    test('One of another service sees nothing of this one.', async () => {
      const ann = await person();
      const conversation = await room(ann);
      const other = await server.rest.services.create({ friendlyName: 'Other' });
      const eve = await person('eve', await server.token('eve', { service: other.sid }));
      expect(await codeOf(eve.getConversationBySid(conversation.sid))).toBe(50350);
      expect((await eve.getSubscribedConversations()).items).toEqual([]);
      expect(await codeOf(eve.getUser(ann.identity))).toBe(50200);
    });
  });

  describe('The steps of the guide', () => {
    test('Create, join, add, list, write, read, leave: each step is seen by the other user, too.', async () => {
      const [ann, ben] = [await person('ann'), await person('ben')];
      const conversation = await ann.createConversation({
        friendlyName: 'Order',
        uniqueName: `order-${people}`,
        attributes: { order: 1, tags: ['a'] },
      });
      expect(conversation).toMatchObject({
        friendlyName: 'Order',
        attributes: { order: 1, tags: ['a'] },
        createdBy: ann.identity,
        status: 'notParticipating',
      });
      await conversation.join();
      expect(conversation.status).toBe('joined');

      const joined = next<[Conversation]>(ben, 'conversationJoined');
      await conversation.add(ben.identity, { hat: 'red' });
      const bens = await joined;
      expect(bens.sid).toBe(conversation.sid);
      expect((await conversation.getParticipants()).map((each) => each.identity)).toEqual([ann.identity, ben.identity]);
      expect((await conversation.getParticipantByIdentity(ben.identity))?.attributes).toEqual({ hat: 'red' });

      const heard = next<[Message]>(bens, 'messageAdded');
      const index = await conversation.sendMessage('hello', { mood: 'good' });
      expect(index).toBe(0);
      expect(await heard).toMatchObject({
        body: 'hello',
        author: ann.identity,
        index: 0,
        attributes: { mood: 'good' },
      });

      await conversation.prepareMessage().setBody('built').setAttributes([1]).build().send();
      const mine = (await ann.getSubscribedConversations()).items.map((each) => each.sid);
      expect(mine).toEqual([conversation.sid]);
      expect((await ann.getConversationByUniqueName(`order-${people}`)).sid).toBe(conversation.sid);
      expect((await ann.getConversationBySid(conversation.sid)).friendlyName).toBe('Order');

      const left = next(ann, 'participantLeft');
      await bens.leave();
      expect(await left).toMatchObject({ identity: ben.identity });
      expect(await codeOf(ben.getConversationBySid(conversation.sid))).toBe(50350);
    });

    test('Messages are paged both ways from an index.', async () => {
      const ann = await person();
      const conversation = await room(ann);
      for (let n = 0; n < 12; n += 1) await conversation.sendMessage(`${n}`);
      const bodies = (items: Message[]) => items.map((message) => message.body);
      const newest = await conversation.getMessages(5);
      expect(bodies(newest.items)).toEqual(['7', '8', '9', '10', '11']);
      expect([newest.hasPrevPage, newest.hasNextPage]).toEqual([true, false]);
      const before = await newest.prevPage();
      expect(bodies(before.items)).toEqual(['2', '3', '4', '5', '6']);
      const first = await before.prevPage();
      expect(bodies(first.items)).toEqual(['0', '1']);
      expect(first.hasPrevPage).toBe(false);
      const forward = await conversation.getMessages(5, 3, 'forward');
      expect(bodies(forward.items)).toEqual(['3', '4', '5', '6', '7']);
      expect(bodies((await forward.nextPage()).items)).toEqual(['8', '9', '10', '11']);
    });

    test('The read horizon moves, unread messages are counted, and others see how far one has read.', async () => {
      const [ann, ben] = [await person(), await person()];
      const conversation = await room(ann, ben);
      const bens = await ben.getConversationBySid(conversation.sid);
      for (let n = 0; n < 4; n += 1) await conversation.sendMessage(`${n}`);
      expect(await bens.getUnreadMessagesCount()).toBe(null);
      const seen = next<[{ participant: { identity: string; lastReadMessageIndex: number } }]>(
        conversation,
        'participantUpdated',
      );
      expect(await bens.advanceLastReadMessageIndex(1)).toBe(2);
      expect((await seen).participant).toMatchObject({ identity: ben.identity, lastReadMessageIndex: 1 });
      expect(await bens.updateLastReadMessageIndex(0)).toBe(3);
      expect(await bens.setAllMessagesRead()).toBe(0);
      expect(bens.lastReadMessageIndex).toBe(3);
      await bens.setAllMessagesUnread();
      expect(bens.lastReadMessageIndex).toBe(null);
      expect(await conversation.getMessagesCount()).toBe(4);
      expect(await conversation.getParticipantsCount()).toBe(2);
    });

    test('Editing and removing messages, names and attributes is seen with its reasons.', async () => {
      const [ann, ben] = [await person(), await person()];
      const conversation = await room(ann, ben);
      const bens = await ben.getConversationBySid(conversation.sid);
      await conversation.sendMessage('first');
      const message = (await conversation.getMessages()).items[0] as Message;
      await bens.getMessages();

      const edited = next<[{ message: Message; updateReasons: string[] }]>(bens, 'messageUpdated');
      await message.updateBody('second');
      expect(await edited).toMatchObject({
        message: { body: 'second' },
        updateReasons: expect.arrayContaining(['body']),
      });
      const renamed = next<[{ conversation: Conversation; updateReasons: string[] }]>(bens, 'updated', (change) =>
        change.updateReasons.includes('friendlyName'),
      );
      await conversation.updateFriendlyName('New');
      expect((await renamed).conversation.friendlyName).toBe('New');
      await conversation.updateAttributes({ a: 1 });
      await conversation.updateUniqueName(`named-${people}`);
      expect(await codeOf(bens.updateFriendlyName('mine'))).toBe(50107);

      const removed = next<[Message]>(bens, 'messageRemoved');
      await message.remove();
      expect((await removed).index).toBe(0);
      expect((await conversation.getMessages()).items).toEqual([]);

      const gone = next<[Conversation]>(ben, 'conversationRemoved');
      await conversation.delete();
      expect((await gone).sid).toBe(conversation.sid);
    });

    test('Typing is seen by others.', async () => {
      const [ann, ben] = [await person(), await person()];
      const conversation = await room(ann, ben);
      const bens = await ben.getConversationBySid(conversation.sid);
      await bens.getParticipants();
      const typing = next<[{ identity: string }]>(bens, 'typingStarted');
      await conversation.typing();
      expect((await typing).identity).toBe(ann.identity);
    });

    test('A stranger can neither list nor fetch nor join nor hear a conversation.', async () => {
      const [ann, eve] = [await person(), await person('eve')];
      const conversation = await room(ann);
      const heard: unknown[] = [];
      eve.on('messageAdded', (message) => heard.push(message));
      expect(await codeOf(eve.getConversationBySid(conversation.sid))).toBe(50350);
      expect(await codeOf(eve.peekConversationBySid(conversation.sid))).toBe(50350);
      await conversation.sendMessage('secret');
      expect((await eve.getSubscribedConversations()).items).toEqual([]);
      expect(heard).toEqual([]);
    });

    test('A person with a phone gets what is written, and what she writes is seen; receipts come back.', async () => {
      const ann = await person();
      const conversation = await room(ann);
      const [proxy, phone] = ['+12025550177', `+1202555${String(1000 + people)}`];
      const participant = await conversation.addNonChatParticipant(proxy, phone, { name: 'Eve' });
      expect(participant).toBeTruthy();
      expect(await codeOf(conversation.addNonChatParticipant(proxy, phone))).toBe(50416);
      const delivered = next<[{ message: Message }]>(
        conversation,
        'messageUpdated',
        ({ message }) => message.aggregatedDeliveryReceipt?.delivered === 'all',
      );
      await conversation.sendMessage('to the phone');
      const { message } = await delivered;
      expect(await message.getDetailedDeliveryReceipts()).toMatchObject([{ status: 'delivered' }]);

      const answer = next<[Message]>(conversation, 'messageAdded', (each) => each.author === phone);
      const number = encodeURIComponent(phone);
      const posted = await fetch(`${server.url}/v1/x/sandbox/phones/${number}/messages`, {
        method: 'POST',
        headers: {
          authorization: server.authorization,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ to: proxy, body: 'from the phone' }),
      });
      expect(posted.status).toBe(201);
      expect((await answer).body).toBe('from the phone');
    });
  });

  describe('Over a restart of the server', () => {
    test('Every event comes once and in order, and what was sent meanwhile arrives once.', async () => {
      const [ann, ben] = [await person(), await person()];
      const conversation = await room(ann, ben);
      const bens = await ben.getConversationBySid(conversation.sid);
      const heard: string[] = [];
      bens.on('messageAdded', (message) => heard.push(message.body ?? ''));
      await conversation.sendMessage('before');
      const lost = next(ann, 'connectionStateChanged', (state) => state !== 'connected');
      await server.down();
      await lost;
      const sends = ['one', 'two', 'three'].map((body) => conversation.sendMessage(body));
      await server.up();
      await server.rest.conversations(conversation.sid).messages.create({ author: 'system', body: 'by REST' });
      expect(await Promise.all(sends)).toHaveLength(3);
      await conversation.sendMessage('after');
      const all = (await conversation.getMessages(30)).items.map((message) => message.body);
      while (heard.length < all.length) await next(bens, 'messageAdded');
      expect(heard).toEqual(all);
      expect(all[0]).toBe('before');
      expect(all.at(-1)).toBe('after');
      expect(all.filter((body) => body !== 'by REST')).toEqual(['before', 'one', 'two', 'three', 'after']);
    }, 60_000);
  });
});
