import { describe, expect, it } from 'vitest';
import type { ColloquyError } from '../errors.ts';
import { MemoryStorage } from '../testing/memory-storage.ts';
import { bodies, connected, inConversation } from '../testing/start.ts';
import { settle } from '../testing/turns.ts';

type World = Awaited<ReturnType<typeof inConversation>>;

const codeOf = (work: Promise<unknown>) => work.then(String, (error: ColloquyError) => error.code);
const pending = ({ conversation }: World) => conversation.pendingMessages.map(({ body, status }) => [body, status]);
const stored = ({ server, sid }: World) =>
  [...(server.conversations.get(sid)?.messages.values() ?? [])].map(({ data }) => data.body);

async function offline(world: World) {
  world.network.online = false;
  world.network.socket.cut();
  await settle();
}

async function online(world: Pick<World, 'network' | 'timers'>) {
  world.network.online = true;
  await world.timers.advance(60_000);
}

const day = 24 * 3_600_000;

describe('a message that is sent', () => {
  it('is pending at once, and is itself in the very turn in which its event comes', async () => {
    const world = await inConversation();
    const { conversation, client } = world;
    const seen: unknown[] = [];
    conversation.on('messageAdded', ({ body }) => seen.push([body, pending(world)]));
    client.on('pendingMessagesChanged', (sid) => seen.push([sid === conversation.sid, pending(world)]));
    world.network.stop();
    const sent = conversation.sendMessage('Hello', { bold: true });
    const [view] = conversation.pendingMessages;
    expect(view).toMatchObject({ body: 'Hello', attributes: { bold: true }, status: 'sending', error: null });
    expect(view?.conversationSid).toBe(conversation.sid);
    expect(client.pendingMessages).toEqual([view]);
    expect(conversation.pendingMessages).toBe(conversation.pendingMessages);
    world.network.flow();
    expect(await sent).toBe(0);
    const states = seen.map((entry) => JSON.stringify(entry));
    expect(states.slice(0, 2)).toEqual(['[true,[["Hello","waiting"]]]', '[true,[["Hello","sending"]]]']);
    expect(states.slice(2, 4)).toEqual(['[true,[]]', '["Hello",[]]']);
    expect(pending(world)).toEqual([]);
  });

  it('waits for the connection, and leaves in its order', async () => {
    const world = await inConversation();
    await offline(world);
    const sent = ['a', 'b', 'c'].map((body) => world.conversation.sendMessage(body));
    expect(pending(world)).toEqual([
      ['a', 'waiting'],
      ['b', 'waiting'],
      ['c', 'waiting'],
    ]);
    await online(world);
    expect(await Promise.all(sent)).toEqual([0, 1, 2]);
    expect(stored(world)).toEqual(['a', 'b', 'c']);
  });

  it('does not wait for the answers to those before it', async () => {
    const world = await inConversation();
    world.network.stop();
    const sent = ['a', 'b', 'c'].map((body) => world.conversation.sendMessage(body));
    expect(world.network.socket.up).toHaveLength(3);
    world.network.flow();
    expect(await Promise.all(sent)).toEqual([0, 1, 2]);
  });

  it('is sent once when the connection breaks before its answer', async () => {
    const world = await inConversation();
    world.network.stop();
    const sent = world.conversation.sendMessage('Hello');
    world.network.socket.deliverUp();
    world.network.socket.cut();
    world.network.flow();
    await world.timers.advance(60_000);
    expect(await sent).toBe(0);
    expect(stored(world)).toEqual(['Hello']);
    expect(bodies(world)).toEqual(['Hello']);
  });

  it('keeps its order when the server wants one before it to come later', async () => {
    const world = await inConversation();
    let refusals = 2;
    world.server.turnsDown = (method, params) =>
      method === 'messages.send' && (params as { body: string }).body === 'a' && refusals-- > 0 ? 20503 : undefined;
    const sent = ['a', 'b', 'c'].map((body) => world.conversation.sendMessage(body));
    await world.timers.advance(60_000);
    expect(await Promise.all(sent)).toEqual([0, 1, 2]);
    expect(stored(world)).toEqual(['a', 'b', 'c']);
  });

  it('does not wait for one before it that the server refuses for good', async () => {
    const world = await inConversation();
    world.server.turnsDown = (method, params) =>
      method === 'messages.send' && (params as { body: string }).body === 'a' ? 50511 : undefined;
    const [a, ...others] = ['a', 'b', 'c'].map((body) => world.conversation.sendMessage(body));
    expect(await codeOf(a as Promise<number>)).toBe(50511);
    expect(await Promise.all(others)).toEqual([0, 1]);
    expect(pending(world)).toEqual([['a', 'failed']]);
  });

  it('is not hidden by the same words of somebody else', async () => {
    const world = await inConversation();
    world.network.stop();
    const sent = world.conversation.sendMessage('Hello');
    world.bob('messages.send', { conversation: world.sid, body: 'Hello' });
    world.network.socket.deliverDown();
    expect(pending(world)).toEqual([['Hello', 'sending']]);
    world.network.flow();
    await sent;
    expect(pending(world)).toEqual([]);
  });
});

describe('a message that was refused', () => {
  async function refused() {
    const world = await inConversation();
    world.server.turnsDown = (method) => (method === 'messages.send' ? 50511 : undefined);
    expect(await codeOf(world.conversation.sendMessage('a'))).toBe(50511);
    world.server.turnsDown = () => undefined;
    return world;
  }

  it('stays with its error, and can be sent again after those that wait', async () => {
    const world = await refused();
    const [failed] = world.conversation.pendingMessages;
    expect(failed).toMatchObject({ status: 'failed', error: { code: 50511 } });
    await offline(world);
    const later = world.conversation.sendMessage('b');
    const again = failed?.retry();
    expect(pending(world)).toEqual([
      ['b', 'waiting'],
      ['a', 'waiting'],
    ]);
    await online(world);
    expect([await later, await again]).toEqual([0, 1]);
    expect(pending(world)).toEqual([]);
    expect(await codeOf(failed?.retry() as Promise<number>)).toBe(105);
  });

  it('is the only one that can be sent again; one that waits is left as it is', async () => {
    const world = await inConversation();
    await offline(world);
    const sent = world.conversation.sendMessage('a');
    expect(await codeOf(world.conversation.pendingMessages[0]?.retry() as Promise<number>)).toBe(105);
    await online(world);
    expect(await sent).toBe(0);
  });

  it('stays also when it is refused again', async () => {
    const world = await refused();
    world.server.turnsDown = (method) => (method === 'messages.send' ? 50512 : undefined);
    expect(await codeOf(world.conversation.pendingMessages[0]?.retry() as Promise<number>)).toBe(50512);
    expect(pending(world)).toEqual([['a', 'failed']]);
  });

  it('can be removed', async () => {
    const world = await refused();
    expect(world.conversation.pendingMessages[0]?.remove()).toBe(true);
    expect(pending(world)).toEqual([]);
    expect(world.client.pendingMessages).toEqual([]);
  });

  it('is one of the hundred newest that are remembered', async () => {
    const world = await inConversation();
    world.server.turnsDown = (method) => (method === 'messages.send' ? 50511 : undefined);
    for (let n = 0; n < 103; n += 1) {
      await world.timers.advance(1);
      await codeOf(world.conversation.sendMessage(String(n)));
    }
    expect(pending(world)).toHaveLength(100);
    expect(pending(world)[0]).toEqual(['3', 'failed']);
  });
});

describe('a message that waits', () => {
  it('can be removed, or withdrawn by its signal; not once it is on its way', async () => {
    const world = await inConversation();
    await offline(world);
    const leaving = new AbortController();
    const removed = world.conversation.sendMessage('a');
    const withdrawn = world.conversation.sendMessage('b', {}, undefined, { signal: leaving.signal });
    const sent = world.conversation.sendMessage('c');
    expect(world.conversation.pendingMessages[0]?.remove()).toBe(true);
    leaving.abort();
    expect([await codeOf(removed), await codeOf(withdrawn)]).toEqual([105, 104]);
    world.network.stop();
    await online(world);
    world.network.socket.deliverUp();
    world.network.socket.deliverDown();
    expect(pending(world)).toEqual([['c', 'sending']]);
    expect(world.conversation.pendingMessages[0]?.remove()).toBe(false);
    world.network.flow();
    expect(await sent).toBe(0);
    expect(stored(world)).toEqual(['c']);
  });

  it('ends with the client', async () => {
    const world = await inConversation();
    await offline(world);
    const sent = codeOf(world.conversation.sendMessage('a'));
    await world.client.shutdown();
    expect(await sent).toBe(1000);
    expect(await codeOf(world.conversation.sendMessage('b'))).toBe(1000);
  });
});

describe('with a storage', () => {
  async function reloaded(world: World, storage: MemoryStorage) {
    await world.client.shutdown();
    const next = await connected('alice', world.server, { storage });
    await next.timers.advance(60_000);
    return next;
  }

  it('messages outlive the page, and leave before those of the next one', async () => {
    const storage = new MemoryStorage();
    const world = await inConversation({ storage });
    await offline(world);
    const lost = ['a', 'b'].map((body) => codeOf(world.conversation.sendMessage(body)));
    await settle();
    await world.client.shutdown();
    expect(await Promise.all(lost)).toEqual([1000, 1000]);
    const next = await connected('alice', world.server, { storage });
    const conversation = await next.client.getConversationBySid(world.sid);
    expect(await conversation.sendMessage('c')).toBe(2);
    expect(stored(world)).toEqual(['a', 'b', 'c']);
    await settle();
    expect(storage.kept.size).toBe(0);
  });

  it('one that was on its way when the page ended is sent once all the same', async () => {
    const storage = new MemoryStorage();
    const world = await inConversation({ storage });
    world.network.stop();
    void codeOf(world.conversation.sendMessage('a'));
    await settle();
    await settle();
    expect(world.network.socket.up).toHaveLength(1);
    world.network.socket.deliverUp();
    const next = await reloaded(world, storage);
    expect(stored(world)).toEqual(['a']);
    expect(storage.kept.size).toBe(0);
    expect(next.client.pendingMessages).toEqual([]);
  });

  it('one that may have been sent longer ago than its key is known is left to the user', async () => {
    const storage = new MemoryStorage();
    const world = await inConversation({ storage });
    world.network.stop();
    void codeOf(world.conversation.sendMessage('a'));
    await settle();
    await settle();
    await world.client.shutdown();
    for (const message of storage.kept.values()) message.attempted = (message.attempted ?? 0) - day;
    const next = await connected('alice', world.server, { storage });
    await next.timers.advance(60_000);
    expect(stored(world)).toEqual([]);
    const [failed] = next.client.pendingMessages;
    expect(failed).toMatchObject({ body: 'a', status: 'failed', error: { code: 106 } });
    expect(await failed?.retry()).toBe(0);
    await settle();
    expect(storage.kept.size).toBe(0);
  });

  it('one that never left waits as long as it has to', async () => {
    const storage = new MemoryStorage();
    const world = await inConversation({ storage });
    await offline(world);
    void codeOf(world.conversation.sendMessage('a'));
    await settle();
    await world.client.shutdown();
    for (const message of storage.kept.values()) message.created -= 30 * day;
    await (await connected('alice', world.server, { storage })).timers.advance(60_000);
    expect(stored(world)).toEqual(['a']);
  });

  it('what was refused or removed is so on the next page, too', async () => {
    const storage = new MemoryStorage();
    const world = await inConversation({ storage });
    world.server.turnsDown = (method) => (method === 'messages.send' ? 50511 : undefined);
    await Promise.all(['a', 'b'].map((body) => codeOf(world.conversation.sendMessage(body))));
    world.conversation.pendingMessages[0]?.remove();
    await settle();
    const next = await reloaded(world, storage);
    expect(next.client.pendingMessages.map(({ body, status, error }) => [body, status, error?.code])).toEqual([
      ['b', 'failed', 50511],
    ]);
  });

  it('nobody sends what another user left', async () => {
    const storage = new MemoryStorage();
    const world = await inConversation({ storage });
    await offline(world);
    void codeOf(world.conversation.sendMessage('a'));
    await settle();
    await world.client.shutdown();
    const bob = await connected('bob', world.server, { storage });
    await bob.timers.advance(60_000);
    expect(bob.client.pendingMessages).toEqual([]);
    expect(stored(world)).toEqual([]);
  });

  it('what another version kept, or somebody spoilt, holds nothing up', async () => {
    const storage = new MemoryStorage();
    const server = (await inConversation()).server;
    const { sid } = server.user('alice').data;
    for (const spoilt of [null, {}, { key: 'x', conversation: 'CH1' }, { key: 'y', content: { body: 'a' } }]) {
      storage.kept.set(`${sid} ${JSON.stringify(spoilt)}`, spoilt as never);
    }
    const next = await connected('alice', server, { storage });
    const [first] = (await next.client.getSubscribedConversations()).items;
    expect(await first?.sendMessage('a')).toBe(0);
    expect(next.client.pendingMessages).toEqual([]);
  });

  it('that fails, messages are sent all the same, and the failure surfaces', async () => {
    const failure = new Error('no room');
    const uncaught: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error));
    const fails = () => Promise.reject(failure);
    const world = await inConversation({ storage: { load: fails, save: fails, remove: fails } });
    expect(await world.conversation.sendMessage('a')).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(uncaught).toContain(failure);
  });
});
