import { expect, test } from 'vitest';
import { heard, journal, refusal, until } from './heard.ts';
import type { World } from './world.ts';

export function connectionOperations(world: () => World): void {
  test('create: a client that is initialized, connected, and knows its user and version', async () => {
    const identity = world().name('ann');
    const ann = await world().created(await world().server.token(identity));
    expect(ann.connectionState).toBe('connected');
    expect(ann.user.identity).toBe(identity);
    expect(ann.version).toBe(world().sdk.Client.version);
    expect(ann.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('new Client: initialized, stateChanged and connectionStateChanged are told', async () => {
    const { server } = world();
    const client = world().client(await server.token(world().name('ann')));
    const told = journal(client, 'initialized', 'initFailed', 'stateChanged');
    const states: string[] = [];
    client.on('connectionStateChanged', (state) => states.push(state));
    const state = heard(client, 'stateChanged');
    await heard(client, 'initialized');
    expect(await state).toBe('initialized');
    expect(told.sort()).toEqual(['initialized', 'stateChanged']);
    expect(states.at(-1)).toBe('connected');
  });

  test('new Client: calls made before it is initialized wait', async () => {
    const client = world().client(await world().server.token(world().name('ann')));
    const conversation = await client.createConversation({ friendlyName: 'Early' });
    expect(conversation.friendlyName).toBe('Early');
  });

  test('onWithReplay, onceWithReplay, addListenerWithReplay: what was told before is told again', async () => {
    const ann = await world().person();
    let told = 0;
    const count = () => {
      told += 1;
    };
    ann.onWithReplay('initialized', count).onceWithReplay('initialized', count);
    ann.addListenerWithReplay('stateChanged', (state) => state === 'initialized' && count());
    expect(told).toBe(3);
  });

  test('on, once, off, addListener, removeListener, removeAllListeners, listenerCount, emit', async () => {
    const ann = await world().person();
    const heardOf: number[] = [];
    const first = () => heardOf.push(1);
    const second = () => heardOf.push(2);
    ann
      .on('tokenExpired', first)
      .addListener('tokenExpired', second)
      .once('tokenExpired', () => heardOf.push(3));
    expect(ann.listenerCount('tokenExpired')).toBe(3);
    expect(ann.emit('tokenExpired')).toBe(true);
    ann.off('tokenExpired', first);
    ann.emit('tokenExpired');
    ann.removeListener('tokenExpired', second);
    expect(ann.emit('tokenExpired')).toBe(false);
    ann.on('tokenExpired', first).removeAllListeners('tokenExpired');
    expect(ann.listenerCount('tokenExpired')).toBe(0);
    expect(heardOf).toEqual([1, 2, 3, 2]);
  });

  test('a token that is refused: initFailed, connectionError, stateChanged, and create rejects', async () => {
    const { server } = world();
    const token = await server.token('mallory', { secret: 'another secret of the right length' });
    const client = world().client(token);
    const failed = heard(client, 'initFailed');
    const error = heard(client, 'connectionError');
    const state = heard(client, 'stateChanged');
    expect((await failed).error).toMatchObject({ terminal: true, message: expect.any(String) });
    expect(await error).toMatchObject({ terminal: true, message: expect.any(String) });
    expect(await state).toBe('failed');
    await until(client, 'connectionStateChanged', () => client.connectionState === 'denied');
    // Whether `create` rejects then, or gives such a client: the page of differences says so.
    const made = await world()
      .created(token)
      .catch(() => undefined);
    expect(made === undefined || made.connectionState === 'denied').toBe(true);
    expect(made === undefined).toBe(world().isOurs);
  });

  test('updateToken: the same client, still connected, with a token of the same user', async () => {
    const ann = await world().person();
    expect(await ann.updateToken(await world().server.token(ann.identity))).toBe(ann);
    expect(ann.connectionState).toBe('connected');
    expect((await ann.createConversation()).createdBy).toBe(ann.identity);
  });

  test('updateToken: with a token of somebody else it is refused', async () => {
    const ann = await world().person();
    expect(await refusal(ann.updateToken(await world().server.token('mallory')))).not.toBe(0);
  });

  test('tokenAboutToExpire and tokenExpired, and a new token leads back', async () => {
    const { server } = world();
    const identity = world().name('short');
    const client = world().client(await server.token(identity, { ttl: 4 }));
    const soon = heard(client, 'tokenAboutToExpire');
    const expired = heard(client, 'tokenExpired');
    await heard(client, 'initialized');
    await soon;
    await expired;
    await client.updateToken(await server.token(identity));
    await until(client, 'connectionStateChanged', () => client.connectionState === 'connected');
    expect((await client.createConversation()).createdBy).toBe(identity);
  });

  test('shutdown: disconnected, and nothing more is heard', async () => {
    const { ann, ben, anns, bens } = await world().pair();
    const told = journal(bens, 'messageAdded');
    await ben.shutdown();
    await world().shows(ben, 'connectionStateChanged', () => ben.connectionState === 'disconnected');
    await anns.sendMessage('too late');
    expect((await anns.getMessages()).items.at(-1)?.body).toBe('too late');
    expect(told).toEqual([]);
    expect(ann.connectionState).toBe('connected');
  });
}
