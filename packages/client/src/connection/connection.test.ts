import { closeCodes } from '@colloquy/protocol';
import { describe, expect, it, vi } from 'vitest';
import { Client } from '../client.ts';
import { connected, inConversation, start } from '../testing/start.ts';
import { settle } from '../testing/turns.ts';
import { reasons } from './machine.ts';

type World = ReturnType<typeof start>;

/** The states and reasons since the last look. */
function moves({ seen }: World) {
  const found = seen.filter(({ event }) => event === 'connectionStateChanged').map(({ args }) => args);
  seen.length = 0;
  return found;
}

/** Longer than any back-off. */
const aWhile = 40_000;

describe('a connection that breaks', () => {
  it('is tried again at once when it had lasted', async () => {
    const world = await connected();
    await world.timers.advance(5000);
    world.network.socket.cut();
    await world.timers.advance(0);
    expect(moves(world)).toEqual([
      ['disconnected', reasons.dropped],
      ['connecting', reasons.retry],
      ['connected', reasons.accepted],
    ]);
  });

  it('is tried again after a random part of a wait that doubles up to thirty seconds', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const world = start();
    world.network.online = false;
    const waits: (number | undefined)[] = [];
    for (let at = 0; at < 8; at += 1) {
      await settle();
      waits.push(world.timers.next);
      await world.timers.advance(world.timers.next ?? 0);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    random.mockRestore();
  });

  it('is not hammered by a client whose connections do not last', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(1);
    const world = await connected();
    const waits: (number | undefined)[] = [];
    for (let at = 0; at < 3; at += 1) {
      world.network.socket.cut();
      waits.push(world.timers.next);
      await world.timers.advance(world.timers.next ?? 0);
    }
    expect(waits).toEqual([1000, 2000, 4000]);
    await world.timers.advance(5000);
    world.network.socket.cut();
    expect(world.timers.next).toBe(0);
    random.mockRestore();
  });

  it('before the server answered counts as a failed attempt', async () => {
    const world = start();
    world.network.stop();
    await settle();
    world.network.socket.cut();
    expect(moves(world)).toEqual([
      ['connecting', reasons.start],
      ['disconnected', reasons.unreachable],
    ]);
    expect(world.client.connectionState).toBe('disconnected');
  });

  it('is given up when connect is not answered within fifteen seconds', async () => {
    const world = start();
    world.network.stop();
    await world.timers.advance(14_999);
    expect(moves(world)).toEqual([['connecting', reasons.start]]);
    await world.timers.advance(1);
    expect(moves(world)).toEqual([['disconnected', reasons.timeout]]);
    expect(world.network.socket.state).toBe('closed');
  });

  it('tells of each failed attempt, and that it goes on', async () => {
    const world = start();
    world.network.online = false;
    await settle();
    expect(world.seen.filter(({ event }) => event === 'connectionError').map(({ args }) => args)).toEqual([
      [{ terminal: false, message: 'The connection was lost.', errorCode: 1006 }],
    ]);
    expect(world.seen.some(({ event }) => event === 'initFailed')).toBe(false);
  });
});

describe('what the server cannot have sent', () => {
  it.each(['null', '5', '"text"', '{}', '{"method":"event"}', 'not JSON', '{"id":0}'])(
    'ends the connection at most, and not the client: %s',
    async (data) => {
      const world = await connected();
      world.network.socket.onmessage?.({ data } as never);
      await world.timers.advance(60_000);
      expect(world.client.connectionState).toBe('connected');
      const name = await world.client.user.updateFriendlyName('Ann');
      expect(name.friendlyName).toBe('Ann');
    },
  );
});

describe('a change that was asked for', () => {
  it('is not asked for again when the server may have forgotten that it did it', async () => {
    const world = await inConversation();
    world.network.stop();
    const renamed = world.conversation.updateFriendlyName('Supper').catch((error) => error.code);
    const sent = world.conversation.sendMessage('Hello').catch((error) => error.code);
    const read = world.conversation.getMessagesCount();
    world.network.socket.deliverUp();
    world.network.socket.deliverUp();
    world.network.online = false;
    world.network.socket.cut();
    await world.timers.sleep(25 * 3_600_000);
    world.bob('conversations.update', { conversation: world.sid, friendlyName: 'Dinner' });
    world.network.online = true;
    world.network.flow();
    await world.timers.advance(60_000);
    expect(await renamed).toBe(106);
    // Its event says that it arrived.
    expect(await sent).toBe(0);
    expect(await read).toBe(1);
    expect(world.conversation.friendlyName).toBe('Dinner');
    expect(world.asked('messages.send')).toHaveLength(1);
  });
});

describe('a silent connection', () => {
  it('is asked for a sign of life after one heartbeat, and lives on if one comes', async () => {
    const world = await connected();
    await world.timers.advance(24_999);
    expect(world.server.requests.at(-1)?.method).toBe('connect');
    await world.timers.advance(1);
    expect(world.server.requests.at(-1)?.method).toBe('ping');
    await world.timers.advance(100_000);
    expect(moves(world)).toEqual([]);
  });

  it('is left after a second one without any frame', async () => {
    const world = await connected();
    world.network.stop();
    await world.timers.advance(49_999);
    expect(moves(world)).toEqual([]);
    world.network.socket.up.length = 0;
    world.network.flow();
    await world.timers.advance(1);
    expect(moves(world).slice(0, 3)).toEqual([
      ['disconnected', reasons.silent],
      ['connecting', reasons.retry],
      ['connected', reasons.accepted],
    ]);
  });

  it('is left at once when the machine slept through both', async () => {
    const world = await connected();
    world.network.stop();
    await world.timers.sleep(3_600_000);
    world.network.flow();
    await world.timers.advance(0);
    expect(moves(world).map(([state]) => state)).toEqual(['disconnected', 'connecting', 'connected']);
  });
});

describe('a browser that wakes up', () => {
  it('tries again without waiting out the back-off, and doubts a connection that seems to live', async () => {
    const listeners: (() => void)[] = [];
    vi.stubGlobal('addEventListener', (type: string, listener: () => void, { signal }: { signal: AbortSignal }) => {
      if (type !== 'online') return;
      listeners.push(listener);
      signal.addEventListener('abort', () => listeners.splice(listeners.indexOf(listener), 1));
    });
    const world = start();
    world.network.online = false;
    await settle();
    world.network.online = true;
    for (const listener of listeners) listener();
    await settle();
    expect(moves(world).slice(1)).toEqual([
      ['connecting', reasons.woken],
      ['connected', reasons.accepted],
    ]);
    world.network.stop();
    for (const listener of listeners) listener();
    await world.timers.advance(4999);
    expect(moves(world)).toEqual([]);
    await world.timers.advance(1);
    expect(moves(world)[0]).toEqual(['disconnected', reasons.silent]);
    await world.client.shutdown();
    expect(listeners).toEqual([]);
    vi.unstubAllGlobals();
  });
});

describe('a server that closes', () => {
  it.each(Object.entries(closeCodes))('with %i is met as the contract says', async (code, { then }) => {
    const world = await connected();
    world.network.socket.session.close(Number(code) as keyof typeof closeCodes);
    await settle();
    const states = { resume: 'disconnected', token: 'denied', fatal: 'error' } as const;
    expect(world.client.connectionState).toBe(states[then]);
    const before = world.network.sockets.length;
    await world.timers.advance(aWhile);
    expect(world.network.sockets.length > before).toBe(then === 'resume');
    if (then === 'fatal') {
      await expect(world.client.createConversation()).rejects.toMatchObject({ code: Number(code) });
    }
  });

  it('because the token ended says so, and goes on with a new one as if nothing had been', async () => {
    const world = await inConversation();
    world.network.socket.session.close(4402);
    const sent = world.conversation.sendMessage('meanwhile');
    await settle();
    expect(world.seen.map(({ event }) => event)).toEqual(['connectionStateChanged', 'connectionError', 'tokenExpired']);
    await world.timers.advance(aWhile);
    expect(world.client.connectionState).toBe('denied');
    await world.client.updateToken('alice#2');
    expect(await sent).toBe(0);
  });
});

describe('the token', () => {
  it('is announced to end, and renewed without a new connection', async () => {
    const world = await connected();
    world.network.socket.session.notify('token.aboutToExpire', { tokenExpires: 1 });
    await settle();
    expect(world.seen).toEqual([{ event: 'tokenAboutToExpire', args: [] }]);
    expect(await world.client.updateToken('alice#2')).toBe(world.client);
    expect(world.network.socket.session.token).toBe('alice#2');
    expect(world.network.sockets).toHaveLength(1);
  });

  it('stays the old one when the server refuses the new one', async () => {
    const world = await connected('alice#1');
    await expect(world.client.updateToken('bob')).rejects.toMatchObject({ code: 20106 });
    await world.timers.advance(6000);
    world.network.socket.cut();
    await world.timers.advance(0);
    expect(world.network.socket.session.token).toBe('alice#1');
  });

  it('given while there is no connection is used for the next one', async () => {
    const world = await connected();
    world.network.socket.cut();
    await world.client.updateToken('alice#2');
    await world.timers.advance(aWhile);
    expect(world.network.socket.session.token).toBe('alice#2');
  });

  it('given while connecting reaches the server all the same', async () => {
    const world = start('alice#1');
    world.network.stop();
    await settle();
    await world.client.updateToken('alice#2');
    world.network.flow();
    await settle();
    expect(world.network.socket.session.token).toBe('alice#2');
  });

  it('that has ended already is told apart from one that is wrong', async () => {
    const world = start('old');
    await settle();
    expect(world.seen.map(({ event }) => event)).toContain('tokenExpired');
    expect(world.client.connectionState).toBe('denied');
  });

  it('of another user ends the client, which would show his data to the other', async () => {
    const world = await connected();
    world.network.socket.session.close(4402);
    await settle();
    await expect(world.client.updateToken('bob')).rejects.toMatchObject({ code: 20103 });
    expect(world.client.connectionState).toBe('error');
  });
});

describe('a server that is busy', () => {
  it('is asked again later', async () => {
    const world = start('away');
    await settle();
    expect(moves(world).at(-1)).toEqual(['disconnected', reasons.sentAway]);
  });
});

describe('frames that make no sense', () => {
  it('end the socket, and the client comes back', async () => {
    const world = await connected();
    world.network.socket.onmessage?.({ data: 'not JSON' } as never);
    expect(world.client.connectionState).toBe('disconnected');
    await world.timers.advance(aWhile);
    expect(world.client.connectionState).toBe('connected');
  });

  it('that answer nothing, or tell of something unknown, are passed over', async () => {
    const world = await connected();
    world.network.socket.onmessage?.({ data: '{"jsonrpc":"2.0","id":999,"result":{}}' } as never);
    world.network.socket.onmessage?.({ data: '{"jsonrpc":"2.0","method":"news","params":{}}' } as never);
    expect(await world.client.getSubscribedUsers()).toHaveLength(1);
    expect(world.client.connectionState).toBe('connected');
  });
});

describe('a socket that was left', () => {
  it('may say what it likes', async () => {
    const world = await connected();
    const [left] = world.network.sockets;
    world.network.stop();
    await world.timers.advance(50_000);
    world.network.flow();
    await world.timers.advance(aWhile);
    moves(world);
    left?.onmessage?.({ data: '{"jsonrpc":"2.0","method":"token.aboutToExpire","params":{}}' } as never);
    left?.onclose?.({ code: 4403, reason: '' } as never);
    expect(world.seen).toEqual([]);
    expect(world.client.connectionState).toBe('connected');
  });
});

describe('a WebSocket that cannot be made', () => {
  it('ends the client: it would be the same the next time', async () => {
    const world = await connected();
    const client = new Client('alice', {
      url: 'https://chat.example',
      timers: world.timers,
      webSocket: class {
        constructor() {
          throw new Error('Mixed content');
        }
      } as never,
    });
    const refused = expect(client.createConversation()).rejects.toThrow('Mixed content');
    await world.timers.advance(0);
    await refused;
    expect(client.connectionState).toBe('error');
  });
});
