import { afterEach, expect, it } from 'vitest';
import { WebSocket as WsWebSocket } from 'ws';
import { Client, type ClientOptions } from './client.ts';
import { listen } from './testing/fake-listener.ts';
import { FakeServer } from './testing/fake-server.ts';

const open: { shutdown(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.shutdown();
});

async function begin(options: ClientOptions) {
  const server = new FakeServer();
  const listener = await listen(server);
  open.push({ shutdown: () => listener.close() });
  const connect = async (token: string) => {
    const client = await Client.create(token, { url: listener.url, ...options });
    open.unshift(client);
    return client;
  };
  return { listener, alice: await connect('alice'), bob: await connect('bob') };
}

it.each([
  ['the platform’s own WebSocket', {}],
  ['the WebSocket of the ws package', { webSocket: WsWebSocket }],
])('talks through %s, and comes back when it breaks', async (_name, options) => {
  const { listener, alice, bob } = await begin(options);
  const conversation = await alice.createConversation({ friendlyName: 'Lunch' });
  await conversation.join();
  const joined = new Promise((resolve) => bob.once('conversationJoined', resolve));
  await conversation.add('bob');
  await joined;
  const heard: (string | null)[] = [];
  const third = new Promise<void>((resolve) => {
    bob.on('messageAdded', ({ body }) => {
      heard.push(body);
      if (heard.length === 3) resolve();
    });
  });
  expect(await conversation.sendMessage('one')).toBe(0);
  listener.cut();
  const sent = [conversation.sendMessage('two'), conversation.sendMessage('three')];
  expect(await Promise.all(sent)).toEqual([1, 2]);
  await third;
  expect(heard).toEqual(['one', 'two', 'three']);
});

it('is told by the platform that nobody listens there, and says that it goes on trying', async () => {
  const listener = await listen(new FakeServer());
  await listener.close();
  const client = new Client('alice', { url: listener.url });
  open.push(client);
  const error = await new Promise((resolve) => client.on('connectionError', resolve));
  expect(error).toMatchObject({ terminal: false });
});
