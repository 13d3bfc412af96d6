import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { heard, refusal, until } from '../sdk/operations/heard.ts';
import { keepJournal } from './journal.ts';
import { conversationOf, Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.hangUp());
afterAll(() => stage.close());

test('A new token goes over the connection that is there.', async () => {
  const ann = await stage.official('ann');
  const room = await stage.room({}, ann.identity);
  const anns = await conversationOf(ann, room);
  const states: string[] = [];
  ann.on('connectionStateChanged', (state) => states.push(state));
  // Tokens of the same second are the same, and those are not sent.
  expect(await ann.updateToken(await stage.server.token(ann.identity, { ttl: 1800 }))).toBe(ann);
  const told = heard(anns, 'messageAdded');
  await stage.say(room, 'after it');
  expect((await told).body).toBe('after it');
  expect(states).toEqual([]);
});

test("Somebody else's token is refused; one of one's own leads back to all that was missed.", async () => {
  const ann = await stage.official('ann');
  const room = await stage.room({}, ann.identity);
  const anns = await conversationOf(ann, room);
  const journal = keepJournal(ann);
  const error = heard(ann, 'connectionError');
  expect(await refusal(ann.updateToken(await stage.server.token('mallory')))).not.toBe(0);
  expect(await error).toMatchObject({ terminal: true, httpStatusCode: 401, errorCode: 20106 });
  await until(ann, 'connectionStateChanged', () => ann.connectionState === 'denied');
  await stage.say(room, 'missed');
  await ann.updateToken(await stage.server.token(ann.identity, { ttl: 1800 }));
  const told = heard(anns, 'messageAdded', ({ body }) => body === 'seen');
  await stage.say(room, 'seen');
  await told;
  expect(journal.messages).toEqual(['added 0 missed', 'added 1 seen']);
});

test('A token that ends is told of before and when it does; a listener that brings another one goes on.', async () => {
  const identity = stage.name('ann');
  const client = stage.client(await stage.server.token(identity, { ttl: 3 }));
  const soon = heard(client, 'tokenAboutToExpire');
  await heard(client, 'initialized');
  await soon;
  const room = await stage.room({}, identity);
  const anns = await conversationOf(client, room);
  const journal = keepJournal(client);
  const states: string[] = [];
  client.on('connectionStateChanged', (state) => states.push(state));
  const renewed = new Promise((resolve, reject) => {
    client.on('tokenExpired', async () => {
      await stage.say(room, 'missed');
      client.updateToken(await stage.server.token(identity)).then(resolve, reject);
    });
  });
  await renewed;
  await until(client, 'connectionStateChanged', () => client.connectionState === 'connected');
  const told = heard(anns, 'messageAdded', ({ body }) => body === 'seen');
  await stage.say(room, 'seen');
  await told;
  expect(journal.messages).toEqual(['added 0 missed', 'added 1 seen']);
  expect(states).toContain('denied');
  expect(states.at(-1)).toBe('connected');
});

test('A token that has ended is refused at once; so is one of an unknown key, or that nobody signed.', async () => {
  for (const [token, code] of [
    [await stage.server.token('ann', { ttl: -10 }), 20104],
    [await stage.server.token('ann', { secret: 'another secret of the right length' }), 20107],
    ['no token at all', 20101],
  ] as const) {
    const client = stage.client(token);
    const expired: number[] = [];
    client.on('tokenExpired', () => expired.push(1));
    expect(await heard(client, 'connectionError')).toMatchObject({ terminal: true, errorCode: code });
    await until(client, 'connectionStateChanged', () => client.connectionState === 'denied');
    expect(expired.length).toBe(code === 20104 ? 1 : 0);
  }
});

test('A client that was refused at first is initialized by a good token.', async () => {
  const identity = stage.name('ann');
  const client = stage.client(await stage.server.token(identity, { ttl: -10 }));
  await heard(client, 'initFailed');
  await until(client, 'connectionStateChanged', () => client.connectionState === 'denied');
  const initialized = heard(client, 'initialized');
  // The client itself fails over its file service here, which does not exist yet; it connects all the same.
  await client.updateToken(await stage.server.token(identity)).catch(() => {});
  await initialized;
  expect((await client.createConversation()).createdBy).toBe(identity);
});

test('A user who is removed is hung up on, and his client does not make him anew.', async () => {
  const ann = await stage.official('ann');
  await stage.rest.users(ann.identity).remove();
  await until(ann, 'connectionStateChanged', () => ann.connectionState === 'disconnected');
  expect(await refusal(stage.rest.users(ann.identity).fetch())).toBe(20404);
});
