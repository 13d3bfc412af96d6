import { describe, expect, it, vi } from 'vitest';
import { Client } from '../client.ts';
import { FakeNetwork } from '../testing/fake-network.ts';
import type { FakePoll } from '../testing/fake-poll.ts';
import { FakeServer } from '../testing/fake-server.ts';
import { bodies, connected, inConversation, start } from '../testing/start.ts';
import { settle } from '../testing/turns.ts';
import { reasons } from './machine.ts';

type World = ReturnType<typeof start>;

const both = ['websocket', 'polling'] as const;
const polling = { transports: ['polling'] } as const;
/** Longer than any back-off. */
const aWhile = 40_000;

/** Which transport each connection of the client took. */
const tried = ({ network }: World) =>
  network.sockets.map(({ url }) => (url.startsWith('ws') ? 'websocket' : 'polling'));

/** The requests of a client, in order, and how many frames it had got before each. */
function overhear(world: World) {
  const heard: { path: string; body: Record<string, unknown>; init: RequestInit; got: number }[] = [];
  let got = 0;
  const { fetch } = world.network;
  const client = new Client('alice', {
    url: 'https://chat.example/below',
    transports: ['polling'],
    timers: world.timers,
    fetch: async (url, init = {}) => {
      heard.push({ path: String(url), body: JSON.parse(init.body as string), init, got });
      const answer = await fetch(url, init);
      const { frames = [] } = JSON.parse((await answer.text()) || '{}');
      got += frames.length;
      return answer;
    },
  });
  return { client, heard };
}

describe('a connection over requests', () => {
  it('begins in one round trip, without a header that a page of another origin may not send', async () => {
    const { client, heard } = overhear(start());
    await settle();
    expect(client.connectionState).toBe('connected');
    expect(heard.map(({ path }) => path)).toEqual([
      'https://chat.example/below/v1/x/realtime/poll',
      'https://chat.example/below/v1/x/realtime/poll/receive',
    ]);
    expect(heard[0]?.body['frames']).toEqual([expect.stringContaining('"method":"connect"')]);
    expect(heard[1]?.body).toEqual({ session: 'poll 0', after: 1 });
    for (const { init } of heard) expect(Object.keys(init).sort()).toEqual(['body', 'method', 'redirect', 'signal']);
    await client.shutdown();
    expect(heard.at(-1)).toMatchObject({ path: expect.stringMatching(/\/end$/), init: { keepalive: true } });
  });

  it('sends one request at a time, with all that waits meanwhile, and counts the frames', async () => {
    const world = start();
    const { client, heard } = overhear(world);
    await settle();
    const made = ['a', 'b', 'c'].map((friendlyName) => client.createConversation({ friendlyName }));
    expect((await Promise.all(made)).map(({ friendlyName }) => friendlyName)).toEqual(['a', 'b', 'c']);
    const sent = heard.filter(({ path }) => path.endsWith('/send')).map(({ body }) => body);
    expect(sent.map(({ first, frames }) => [first, (frames as string[]).length])).toEqual([
      [2, 1],
      [3, 2],
    ]);
  });

  it('acknowledges what it got, however many frames came at once', async () => {
    const world = start();
    const { client, heard } = overhear(world);
    await settle();
    await Promise.all(Array.from({ length: 9 }, () => client.createConversation()));
    const receives = heard.filter(({ path }) => path.endsWith('/receive'));
    expect(receives.map(({ body }) => body['after'])).toEqual(receives.map(({ got }) => got));
    expect(receives.length).toBeLessThan(9);
  });

  it('divides what would be too much for one request', async () => {
    const world = start();
    const { client, heard } = overhear(world);
    await settle();
    await Promise.all(Array.from({ length: 40 }, () => client.createConversation()));
    const sent = heard
      .filter(({ path }) => path.endsWith('/send'))
      .map(({ body }) => (body['frames'] as string[]).length);
    expect(sent).toEqual([1, 16, 16, 7]);
  });

  it.each(['request', 'answer'] as const)('survives that one %s is lost, and nothing happens twice', async (mishap) => {
    const world = await inConversation(polling);
    const poll = world.network.socket as FakePoll;
    poll.mishap = mishap;
    expect(await world.conversation.sendMessage('once')).toBe(0);
    expect(await world.conversation.sendMessage('twice')).toBe(1);
    expect(bodies(world)).toEqual(['once', 'twice']);
    expect(world.asked('messages.send')).toHaveLength(2);
    expect(world.network.sockets).toEqual([poll]);
  });

  it('is over when the network is, and resumed when it is back', async () => {
    const world = await inConversation(polling);
    await world.timers.advance(5000);
    world.network.online = false;
    world.network.socket.cut();
    await settle();
    expect(world.client.connectionState).toBe('disconnected');
    world.bob('messages.send', { conversation: world.sid, body: 'missed' });
    world.network.online = true;
    await world.timers.advance(aWhile);
    expect(bodies(world)).toEqual(['missed']);
    expect(world.asked('connect')).toHaveLength(2);
  });

  it.each(['<html>Sign in to the Wi-Fi</html>', '{}', '{"session":"s","frames":["?"]}', 'null'])(
    'does not end the client where an answer is not the server’s: %s',
    async (said) => {
      const { timers } = start();
      const fetch = async () => ({ ok: true, status: 200, text: async () => said }) as Response;
      const client = new Client('alice', { url: 'https://chat.example', transports: ['polling'], fetch, timers });
      const asked = vi.fn();
      client.on('connectionStateChanged', asked);
      await timers.advance(aWhile);
      expect(client.connectionState).not.toBe('error');
      expect(asked.mock.calls.slice(0, 2).map(([state]) => state)).toEqual(['connecting', 'disconnected']);
      await client.shutdown();
    },
  );

  it('of which a frame is too large for the server is the last one', async () => {
    const world = start('alice', undefined, polling);
    const refuse = async () => ({ ok: false, status: 413, text: async () => '' }) as Response;
    const client = new Client('alice', {
      url: 'https://chat.example',
      transports: ['polling'],
      fetch: refuse,
      timers: world.timers,
    });
    await settle();
    expect(client.connectionState).toBe('error');
  });

  it('says nothing more once it was left', async () => {
    const world = await connected('alice', undefined, polling);
    world.network.stop();
    await world.timers.advance(50_000);
    world.network.flow();
    await world.timers.advance(aWhile);
    expect(world.client.connectionState).toBe('connected');
    expect(world.network.sockets.filter(({ state }) => state === 'open')).toHaveLength(1);
  });
});

describe('where no WebSocket gets through', () => {
  it('the second attempt is over requests, and stays there', async () => {
    const world = start('alice', undefined, { transports: both });
    world.network.webSocketsPass = false;
    await world.timers.advance(aWhile);
    expect(tried(world)).toEqual(['websocket', 'polling']);
    expect(world.client.connectionState).toBe('connected');
    world.network.socket.cut();
    await world.timers.advance(aWhile);
    expect(tried(world)).toEqual(['websocket', 'polling', 'polling']);
  });

  it('a WebSocket that worked before is tried three times before requests are', async () => {
    const world = await connected('alice', undefined, { transports: both });
    world.network.webSocketsPass = false;
    world.network.socket.cut();
    await world.timers.advance(3 * aWhile);
    expect(tried(world)).toEqual(['websocket', 'websocket', 'websocket', 'websocket', 'polling']);
    expect(world.client.connectionState).toBe('connected');
  });

  it('a WebSocket is tried again after a connection over requests that lasted', async () => {
    const world = start('alice', undefined, { transports: both });
    world.network.webSocketsPass = false;
    await world.timers.advance(100_000);
    world.network.webSocketsPass = true;
    world.network.socket.cut();
    await world.timers.advance(aWhile);
    expect(tried(world)).toEqual(['websocket', 'polling', 'websocket']);
    expect(world.client.connectionState).toBe('connected');
  });

  it('both are tried in turn as long as neither works', async () => {
    const world = start('alice', undefined, { transports: both });
    const asked = vi.spyOn(world.network, 'fetch');
    expect(asked).not.toHaveBeenCalled();
    world.network.webSocketsPass = false;
    world.network.stop();
    await world.timers.advance(80_000);
    expect(tried(world).slice(0, 4)).toEqual(['websocket', 'polling', 'websocket', 'polling']);
  });

  it('a WebSocket that is swallowed on the way is waited for five seconds, and no longer', async () => {
    const world = start();
    let left = false;
    class Swallowed {
      close(): void {
        left = true;
      }
    }
    const { network, timers } = world;
    const options = { url: 'https://chat.example', webSocket: Swallowed as never, fetch: network.fetch, timers };
    const client = new Client('alice', options);
    const reasonsSeen: number[] = [];
    client.on('connectionStateChanged', (_state, reason) => reasonsSeen.push(reason));
    await timers.advance(4999);
    expect(left).toBe(false);
    await timers.advance(1);
    expect([left, reasonsSeen]).toEqual([true, [reasons.start, reasons.timeout]]);
    await timers.advance(1000);
    expect(client.connectionState).toBe('connected');
  });

  it('or where there is none, requests come first', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const { fetch } = new FakeNetwork(new FakeServer());
    const client = new Client('alice', { url: 'https://chat.example', fetch });
    await settle();
    expect(client.connectionState).toBe('connected');
    await client.shutdown();
    expect(() => new Client('alice', { url: 'https://chat.example', transports: ['websocket'] })).toThrow('webSocket');
    vi.unstubAllGlobals();
  });
});
