import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { heard } from '../sdk/operations/heard.ts';
import { keepJournal, stateOf } from './journal.ts';
import { conversationOf, Stage } from './stage.ts';

/** The server is stopped, and another one goes on with its database: nothing of a session is kept in between. */
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.hangUp());
afterAll(() => stage.close());

test('Clients go on with the next server: what is sent meanwhile and afterwards comes once, in order.', async () => {
  const [ann, ben] = [await stage.official('ann'), await stage.official('ben')];
  const cat = await stage.own('cat');
  const room = await stage.room({}, ann.identity, ben.identity, cat.identity);
  const [anns, bens] = [await conversationOf(ann, room, 3), await conversationOf(ben, room, 3)];
  // That a conversation is updated comes first: only when its message has come is there nothing on its way.
  const before = [anns, bens].map((each) => heard(each, 'messageAdded'));
  await stage.say(room, 'before');
  await Promise.all(before);
  const journals = [keepJournal(ann), keepJournal(ben)];

  const away = [ann, ben].map((client) => heard(client, 'connectionStateChanged', (state) => state !== 'connected'));
  await stage.server.down();
  await Promise.all(away);
  // Wait for the connection.
  const mine = await anns.getParticipantByIdentity(ann.identity);
  const sending = [anns.sendMessage('while it is down'), mine?.updateAttributes({ hat: 'red' })];
  await stage.server.up();
  await stage.say(room, 'by the next server');
  const catsRoom = await cat.getConversationBySid(room);
  await catsRoom.sendMessage('by our own');
  await Promise.all(sending);
  const last = [anns, bens].map((each) => heard(each, 'messageAdded', ({ body }) => body === 'last'));
  await bens.sendMessage('last');
  await Promise.all(last);

  const bodies = (await stage.rest.conversations(room).messages.list()).map(({ index, body }) => `${index} ${body}`);
  expect(bodies).toHaveLength(5);
  for (const { messages, conversations, participants } of journals) {
    expect(messages).toEqual(bodies.slice(1).map((body) => `added ${body}`));
    expect(participants).toEqual([`updated ${ann.identity} (attributes)`]);
    expect(conversations).toEqual([]);
  }
  for (const client of [ann, ben]) expect(client.connectionState).toBe('connected');
  expect(await stateOf(anns)).toEqual(await stateOf(bens));
});

test('A client that was there before three restarts has seen everything once.', async () => {
  const ann = await stage.official('ann');
  const room = await stage.room({}, ann.identity);
  const anns = await conversationOf(ann, room);
  const journal = keepJournal(ann);
  for (const body of ['one', 'two', 'three']) {
    const away = heard(ann, 'connectionStateChanged', (state) => state !== 'connected');
    await stage.server.down();
    await away;
    await stage.server.up();
    const told = heard(anns, 'messageAdded', (message) => message.body === body);
    await stage.say(room, body);
    await told;
  }
  expect(journal.messages).toEqual(['added 0 one', 'added 1 two', 'added 2 three']);
});
