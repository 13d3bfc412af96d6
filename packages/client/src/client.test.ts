import { describe, expect, it } from 'vitest';
import { Client } from './client.ts';
import { ColloquyError } from './errors.ts';
import { FakeNetwork } from './testing/fake-network.ts';
import { FakeServer } from './testing/fake-server.ts';
import { as } from './testing/fake-session.ts';
import { connected, inConversation, start } from './testing/start.ts';
import { settle } from './testing/turns.ts';

describe('a client that starts', () => {
  it('reaches initialized in one round trip, and says so in order', async () => {
    const { client, seen, server } = start();
    expect(client.connectionState).toBe('connecting');
    expect(client.user.identity).toBe('');
    await settle();
    expect(server.requests.map(({ method }) => method)).toEqual(['connect']);
    expect(seen.map(({ event, args }) => [event, args[0]])).toEqual([
      ['connectionStateChanged', 'connecting'],
      ['connectionStateChanged', 'connected'],
      ['stateChanged', 'initialized'],
      ['initialized', undefined],
    ]);
    expect(client.connectionState).toBe('connected');
    expect(client.user.identity).toBe('alice');
    expect(client.user.isSubscribed).toBe(true);
    expect(client.reachabilityEnabled).toBe(false);
  });

  it('opens the realtime path at the address with the subprotocol, and keeps the token out of the address', async () => {
    const { network, server } = start('alice#secret');
    await settle();
    expect(network.socket.url).toBe('wss://chat.example/v1/x/realtime');
    expect(network.socket.protocols).toEqual(['colloquy.v1']);
    expect(server.requests[0]?.params).toMatchObject({ token: 'alice#secret' });
  });

  it.each([
    ['http://127.0.0.1:8010', 'ws://127.0.0.1:8010/v1/x/realtime'],
    ['https://example.com/chat/', 'wss://example.com/chat/v1/x/realtime'],
    ['ws://localhost:1/', 'ws://localhost:1/v1/x/realtime'],
    ['wss://example.com?token=x#y', 'wss://example.com/v1/x/realtime'],
    ['HTTPS://ann:secret@example.com:8443/a/b/?c', 'wsS://example.com:8443/a/b/v1/x/realtime'],
  ])('understands the address %s', (url, socket) => {
    const network = new FakeNetwork(new FakeServer());
    new Client('alice', { url, webSocket: network.webSocket });
    expect(network.socket.url).toBe(socket);
  });

  it('needs an address where there is no page, and one of a server', () => {
    expect(() => new Client('alice')).toThrow('url');
    for (const url of ['', 'null', 'chat.example', 'ftp://chat.example', 'https:///path', 'https://?']) {
      expect(() => new Client('alice', { url })).toThrow('url');
    }
  });

  it('tells of the conversations that it is in already, after it is initialized', async () => {
    const server = new FakeServer();
    const bob = as(server, 'bob');
    const { conversation } = bob('conversations.create', { friendlyName: 'Lunch', attributes: '{"room":1}' });
    bob('participants.add', { conversation: conversation.sid, identity: 'alice' });
    const { seen, client } = start('alice', server);
    await settle();
    expect(seen.map(({ event }) => event).slice(3)).toEqual(['initialized', 'conversationAdded', 'conversationJoined']);
    const found = await client.getConversationBySid(conversation.sid);
    expect(seen.at(-1)?.args).toEqual([found]);
    expect(found).toMatchObject({
      friendlyName: 'Lunch',
      uniqueName: null,
      attributes: { room: 1 },
      createdBy: 'bob',
      status: 'joined',
      state: { current: 'active' },
      notificationLevel: 'default',
      lastMessage: undefined,
      lastReadMessageIndex: null,
    });
    expect(found.dateCreated).toEqual(new Date(conversation.dateCreated));
  });

  it('lets calls wait until it is connected', async () => {
    const { client, network, timers } = start();
    network.online = false;
    const created = client.createConversation({ friendlyName: 'Early' });
    await settle();
    expect(client.connectionState).toBe('disconnected');
    network.online = true;
    await timers.advance(1000);
    expect(await created).toMatchObject({ friendlyName: 'Early' });
  });

  it('can be awaited with create, which rejects when the token is refused', async () => {
    const server = new FakeServer();
    const network = new FakeNetwork(server);
    const options = { url: 'https://chat.example', webSocket: network.webSocket };
    const client = await Client.create('alice', options);
    expect(client.user.identity).toBe('alice');
    await client.shutdown();
    await expect(Client.create('bad', options)).rejects.toMatchObject({ code: 20107, status: 401 });
    expect(network.socket.state).toBe('closed');
  });

  it('fails with a refused token, and comes to life with a good one', async () => {
    const { client, seen } = start('bad');
    const early = client.getSubscribedConversations();
    await expect(early).rejects.toThrow(ColloquyError);
    expect(client.connectionState).toBe('denied');
    expect(seen.map(({ event }) => event)).toEqual([
      'connectionStateChanged',
      'connectionStateChanged',
      'connectionError',
      'stateChanged',
      'initFailed',
    ]);
    expect(seen[4]?.args).toEqual([
      { error: { terminal: true, message: 'Invalid Access Token signature', errorCode: 20107, httpStatusCode: 401 } },
    ]);
    await expect(client.updateToken('bad')).rejects.toMatchObject({ code: 20107 });
    await client.updateToken('alice');
    expect(client.connectionState).toBe('connected');
    expect((await client.getSubscribedConversations()).items).toEqual([]);
  });
});

describe('conversations', () => {
  it('are made with names and any JSON as attributes, and are there when the promise resolves', async () => {
    const { client, seen, server, asked } = await connected();
    const conversation = await client.createConversation({
      friendlyName: 'Lunch',
      uniqueName: 'lunch',
      attributes: [1, { two: null }],
    });
    expect(asked('conversations.create')[0]?.params).toMatchObject({ attributes: '[1,{"two":null}]' });
    expect(conversation).toMatchObject({ friendlyName: 'Lunch', uniqueName: 'lunch', status: 'notParticipating' });
    expect(conversation.attributes).toEqual([1, { two: null }]);
    expect(seen).toEqual([{ event: 'conversationAdded', args: [conversation] }]);
    expect(server.conversations.has(conversation.sid)).toBe(true);
    await conversation.join();
    expect(conversation.status).toBe('joined');
    expect(seen.slice(1)).toEqual([{ event: 'conversationJoined', args: [conversation] }]);
  });

  it('are found by SID and by unique name, those one is in without asking', async () => {
    const { client, conversation, asked } = await inConversation();
    expect(await client.getConversationBySid(conversation.sid)).toBe(conversation);
    expect(await client.getConversationByUniqueName('lunch')).toBe(conversation);
    expect(asked('conversations.get')).toEqual([]);
    expect(await client.peekConversationBySid(conversation.sid)).toBe(conversation);
    expect(asked('conversations.get')).toHaveLength(1);
  });

  it('of others are not found', async () => {
    const { client, bob } = await connected();
    const { conversation } = bob('conversations.create', { uniqueName: 'private' });
    const notFound = { code: 50350, status: 404, message: 'Conversation not found' };
    await expect(client.getConversationBySid(conversation.sid)).rejects.toMatchObject(notFound);
    await expect(client.getConversationByUniqueName('private')).rejects.toMatchObject(notFound);
    await expect(client.peekConversationBySid(conversation.sid)).rejects.toMatchObject(notFound);
  });

  it('come in pages, forth and back, each object being the same', async () => {
    const server = new FakeServer();
    server.pageSize = 2;
    const bob = as(server, 'bob');
    for (const friendlyName of ['a', 'b', 'c', 'd', 'e']) {
      const { conversation } = bob('conversations.create', { friendlyName });
      bob('participants.add', { conversation: conversation.sid, identity: 'alice' });
    }
    const { client, seen } = await connected('alice', server);
    const first = await client.getSubscribedConversations();
    const second = await first.nextPage();
    const third = await second.nextPage();
    const back = await third.prevPage();
    const names = [first, second, third, back].map(({ items }) => items.map(({ friendlyName }) => friendlyName));
    expect(names).toEqual([['e', 'd'], ['c', 'b'], ['a'], ['c', 'b']]);
    expect([first, second, third].map(({ hasPrevPage, hasNextPage }) => [hasPrevPage, hasNextPage])).toEqual([
      [false, true],
      [true, true],
      [true, false],
    ]);
    expect(back.items[0]).toBe(second.items[0]);
    await expect(first.prevPage()).rejects.toThrow('no such page');
    // The first two came with the connection; the others became known by paging.
    expect(seen.map(({ event }) => event)).toEqual(Array(3).fill(['conversationAdded', 'conversationJoined']).flat());
  });

  it('that nobody asked for are loaded when something happens in them', async () => {
    const server = new FakeServer();
    server.pageSize = 1;
    const bob = as(server, 'bob');
    const sids = ['old', 'new'].map((friendlyName) => {
      const { sid } = bob('conversations.create', { friendlyName }).conversation;
      bob('participants.add', { conversation: sid, identity: 'alice' });
      return sid;
    });
    const { seen } = await connected('alice', server);
    bob('messages.send', { conversation: sids[0] as string, body: 'one' });
    bob('messages.send', { conversation: sids[0] as string, body: 'two' });
    await settle();
    expect(seen.map(({ event }) => event)).toEqual([
      'conversationAdded',
      'conversationJoined',
      'messageAdded',
      'messageAdded',
    ]);
    expect(seen.slice(2).map(({ args }) => (args[0] as { body: string }).body)).toEqual(['one', 'two']);
  });
});

describe('users', () => {
  it('are subscribed when asked for, and told of until unsubscribed', async () => {
    const { client, bob, seen } = await connected();
    const user = await client.getUser('bob');
    expect(user).toMatchObject({ identity: 'bob', friendlyName: 'bob', attributes: {}, isSubscribed: true });
    expect(await client.getUser('bob')).toBe(user);
    expect(await client.getSubscribedUsers()).toEqual([client.user, user]);
    const own: unknown[] = [];
    user.on('updated', (args) => own.push(args));
    bob('users.update', { user: 'bob', friendlyName: 'Robert', attributes: '{"a":1}' });
    await settle();
    const args = { user, updateReasons: ['friendlyName', 'attributes'] };
    expect(own).toEqual([args]);
    expect(user.friendlyName).toBe('Robert');
    expect(seen).toEqual([
      { event: 'userSubscribed', args: [user] },
      { event: 'userUpdated', args: [args] },
    ]);
    await user.unsubscribe();
    bob('users.update', { user: 'bob', friendlyName: 'Bob' });
    await settle();
    expect(user.isSubscribed).toBe(false);
    expect(seen.slice(2)).toEqual([{ event: 'userUnsubscribed', args: [user] }]);
    expect(await client.getSubscribedUsers()).toEqual([client.user]);
  });

  it('beyond a hundred push out the one that was asked for first', async () => {
    const { client, server } = await connected();
    for (let at = 0; at < 101; at += 1) server.user(`user${at}`);
    const first = await client.getUser('user0');
    await Promise.all(Array.from({ length: 100 }, (_, at) => client.getUser(`user${at + 1}`)));
    expect(first.isSubscribed).toBe(false);
    expect(await client.getSubscribedUsers()).toHaveLength(101);
  });

  it('of one’s own is changed, and shows it when the promise resolves', async () => {
    const { client, seen } = await connected();
    await client.user.updateFriendlyName('Alice A.');
    expect(client.user.friendlyName).toBe('Alice A.');
    await client.user.updateAttributes('text');
    expect(client.user.attributes).toBe('text');
    expect(seen.map(({ args }) => args[0])).toEqual([
      { user: client.user, updateReasons: ['friendlyName'] },
      { user: client.user, updateReasons: ['attributes'] },
    ]);
    expect(await client.getUser('alice')).toBe(client.user);
    await client.user.unsubscribe();
    expect(client.user.isSubscribed).toBe(true);
  });

  it('that do not exist are refused', async () => {
    const { client } = await connected();
    await expect(client.getUser('nobody')).rejects.toMatchObject({ code: 50200 });
  });
});

describe('a client that is shut down', () => {
  it('fails what is under way and what comes, and never connects again', async () => {
    const { client, network, timers } = await connected();
    network.stop();
    const created = client.createConversation();
    await settle();
    await client.shutdown();
    await expect(created).rejects.toMatchObject({ code: 1000 });
    await expect(client.getUser('bob')).rejects.toMatchObject({ code: 1000 });
    await expect(client.updateToken('alice#2')).rejects.toMatchObject({ code: 1000 });
    expect(client.connectionState).toBe('disconnected');
    await timers.advance(600_000);
    expect(network.sockets).toHaveLength(1);
    expect(timers.waiting).toBe(0);
  });
});
