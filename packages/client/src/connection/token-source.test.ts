import { describe, expect, it, vi } from 'vitest';
import type { ColloquyError } from '../errors.ts';
import { FakeServer } from '../testing/fake-server.ts';
import { start } from '../testing/start.ts';
import { settle } from '../testing/turns.ts';
import { reasons } from './machine.ts';

type World = ReturnType<typeof start>;

/** A client that asks for its tokens; each answer is one of the list, or an error. */
function asking(...answers: (string | Error)[]) {
  const provider = vi.fn(async () => {
    const answer = answers.shift() ?? 'alice';
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { ...start(provider, new FakeServer()), provider };
}

function moves({ seen }: World) {
  return seen.filter(({ event }) => event === 'connectionStateChanged').map(({ args }) => args);
}

const tokens = ({ asked }: World, method: 'connect' | 'token.update') =>
  asked(method).map(({ params }) => (params as { token: string }).token);

const soon = (world: World) => world.network.socket.session.notify('token.aboutToExpire', { tokenExpires: 1 });

describe('a function that gives tokens', () => {
  it('is asked before the first connection', async () => {
    const world = asking('alice#1');
    expect(world.client.token).toBe('');
    await settle();
    expect(world.client.connectionState).toBe('connected');
    expect([world.client.token, world.provider.mock.calls.length, world.network.sockets.length]).toEqual([
      'alice#1',
      1,
      1,
    ]);
  });

  it('is asked again before a token ends; the connection stays, and calls go on meanwhile', async () => {
    const world = asking('alice#1', 'alice#2');
    await world.timers.advance(57 * 60_000);
    const name = world.client.user.updateFriendlyName('Ann');
    soon(world);
    await world.timers.advance(0);
    await name;
    expect(tokens(world, 'token.update')).toEqual(['alice#2']);
    expect(world.client.token).toBe('alice#2');
    expect(world.network.sockets).toHaveLength(1);
    expect(moves(world).map(([state]) => state)).toEqual(['connecting', 'connected']);
  });

  it('is asked again and again while it fails, or gives what the server refuses', async () => {
    const world = asking('alice#1', new Error('503'), 'bad', 'alice#2');
    await world.timers.advance(57 * 60_000);
    soon(world);
    await world.timers.advance(60_000);
    expect(tokens(world, 'token.update')).toEqual(['bad', 'alice#2']);
    expect(world.network.sockets).toHaveLength(1);
  });

  it('is asked for another one when a token has ended, and the client goes on by itself', async () => {
    const world = asking('alice#1', 'alice#2');
    await world.timers.advance(10_000);
    world.network.socket.cut(4402);
    await world.timers.advance(0);
    expect(tokens(world, 'connect')).toEqual(['alice#1', 'alice#2']);
    expect(moves(world).slice(2)).toEqual([
      ['disconnected', reasons.tokenAwaited],
      ['connecting', reasons.retry],
      ['connected', reasons.accepted],
    ]);
    expect(world.seen.some(({ event }) => event === 'tokenExpired')).toBe(false);
  });

  it('is asked after each failure of its own, after a while', async () => {
    const world = asking(new Error('no back end'), new Error('no back end'), 'alice#1');
    await settle();
    expect(moves(world).at(-1)).toEqual(['disconnected', reasons.tokenMissing]);
    const failure = world.seen.find(({ event }) => event === 'connectionError')?.args[0];
    expect(failure).toMatchObject({ terminal: false, errorCode: 107 });
    await world.timers.advance(60_000);
    expect(world.client.connectionState).toBe('connected');
    expect(world.provider).toHaveBeenCalledTimes(3);
  });

  it('that gives nothing has failed', async () => {
    const world = asking('', 'alice#1');
    await settle();
    expect(moves(world).at(-1)).toEqual(['disconnected', reasons.tokenMissing]);
    await world.timers.advance(60_000);
    expect(world.client.connectionState).toBe('connected');
  });

  it('is not asked once more when the server refuses what it has just given', async () => {
    const world = asking('bad', 'bad');
    await world.timers.advance(60_000);
    expect(world.client.connectionState).toBe('denied');
    expect(world.provider).toHaveBeenCalledTimes(1);
    const failed = await world.client.getSubscribedConversations().catch((error: ColloquyError) => error.code);
    expect(failed).toBe(20107);
  });

  it('that is slow keeps no attempt from being given up, and what it gives is used by the next one', async () => {
    let give = (_token: string) => {};
    const provider = vi.fn(() => new Promise<string>((resolve) => (give = resolve)));
    const world = start(provider);
    await world.timers.advance(15_000);
    expect(moves(world).at(-1)).toEqual(['disconnected', reasons.timeout]);
    give('alice#1');
    await world.timers.advance(60_000);
    expect(world.client.connectionState).toBe('connected');
    expect([provider.mock.calls.length, world.network.sockets.length]).toEqual([1, 1]);
  });

  it('never leads to a second socket beside the first', async () => {
    const world = asking('alice#1', 'alice#2', 'alice#3');
    await settle();
    soon(world);
    void world.client.updateToken('alice#9');
    world.network.socket.cut(4402);
    await world.timers.advance(60_000);
    expect(world.network.sockets.filter(({ state }) => state === 'open')).toHaveLength(1);
    expect(world.client.connectionState).toBe('connected');
  });
});
