import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Conversation as OwnConversation } from '@colloquy/client';
import type { Conversation, Message } from '@twilio/conversations';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { heard, refusal, until } from '../sdk/operations/heard.ts';
import { next } from '../sdk/restartable-server.ts';
import { conversationOf, type Person, Stage } from './stage.ts';

/** What is done with the official package is there for our own, the server library, webhooks and phones; and the reverse. */
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.hangUp());
afterAll(() => stage.close());

const own = '+12025550177';

let ann: Person;
let cat: Awaited<ReturnType<Stage['own']>>;
let anns: Conversation;
let cats: OwnConversation;

/** Ann, who has the official package and made the conversation, and Cat, who has ours. */
async function meet(): Promise<void> {
  [ann, cat] = [await stage.official('ann'), await stage.own('cat')];
  anns = await ann.createConversation({ friendlyName: 'Room' });
  await anns.join();
  await until(anns, 'updated', () => anns.status === 'joined');
  const joined = next<[OwnConversation]>(cat, 'conversationJoined');
  await anns.add(cat.identity);
  cats = await joined;
  await conversationOf(ann, anns.sid, 2);
}

describe('With the official package', () => {
  test('a message is written, edited, marked and removed: our own package and the server library see each.', async () => {
    await meet();
    const added = next<[Message]>(cats, 'messageAdded');
    await anns.sendMessage('hello', { mood: 'good' }, { subject: 'About' });
    expect(await added).toMatchObject({ body: 'hello', author: ann.identity, attributes: { mood: 'good' } });
    const [mine] = (await anns.getMessages()).items as [Message];
    const edited = next<[{ updateReasons: string[]; message: Message }]>(cats, 'messageUpdated');
    await mine.updateBody('edited');
    expect((await edited).message.body).toBe('edited');
    await mine.updateAttributes({ mood: 'better' });
    const { messages } = stage.rest.conversations(anns.sid);
    expect((await messages.list()).map(({ body, attributes, author }) => [body, attributes, author])).toEqual([
      ['edited', '{"mood":"better"}', ann.identity],
    ]);
    const removed = next<[Message]>(cats, 'messageRemoved');
    await mine.remove();
    expect((await removed).sid).toBe(mine.sid);
    expect(await messages.list()).toEqual([]);
  });

  test('a conversation is renamed, filled, read, left and deleted.', async () => {
    await meet();
    const renamed = next(cats, 'updated', ({ updateReasons }: { updateReasons: string[] }) =>
      updateReasons.includes('friendlyName'),
    );
    await anns.updateFriendlyName('Another');
    await renamed;
    const joined = next(cats, 'participantJoined');
    const dan = stage.name('dan');
    await anns.add(dan, { hat: 'red' });
    expect(await joined).toMatchObject({ identity: dan, attributes: { hat: 'red' } });
    await cats.sendMessage('read me');
    await until(anns, 'updated', () => anns.lastMessage?.index === 0);
    const read = next(cats, 'participantUpdated', ({ updateReasons }: { updateReasons: string[] }) =>
      updateReasons.includes('lastReadMessageIndex'),
    );
    expect(await anns.setAllMessagesRead()).toBe(0);
    expect((await read) as object).toMatchObject({ participant: { identity: ann.identity, lastReadMessageIndex: 0 } });
    const out = next(cats, 'participantLeft', ({ identity }: { identity: string }) => identity === dan);
    await anns.removeParticipant(dan);
    await out;
    const gone = next(cat, 'conversationRemoved');
    await anns.delete();
    await gone;
    expect(await refusal(stage.rest.conversations(anns.sid).fetch())).toBe(20404);
  });

  test('somebody on a phone gets what is written, and writes back.', async () => {
    await meet();
    const phone = stage.phoneNumber();
    const came = heard(anns, 'participantJoined');
    await anns.addNonChatParticipant(own, phone, { name: 'Eve' });
    expect(await came).toMatchObject({ type: 'sms', bindings: { sms: { address: phone, proxy_address: own } } });
    const delivered = heard(anns, 'messageUpdated', ({ message }) => message.aggregatedDeliveryReceipt?.sent === 'all');
    await anns.sendMessage('to the phone');
    await delivered;
    expect(await stage.server.received(phone)).toEqual(['to the phone']);
    const answered = heard(anns, 'messageAdded', ({ author }) => author === phone);
    await stage.server.write(phone, own, 'from the phone');
    expect((await answered).body).toBe('from the phone');
  });

  test('a person by e-mail is added, and shown with name, address and place.', async () => {
    await meet();
    const came = heard(anns, 'participantJoined');
    const address = 'eve@example.com';
    await anns.addNonChatParticipant('room@example.com', address, {}, { email: { name: 'Eve', level: 'cc' } as never });
    expect(await came).toMatchObject({ type: 'email', bindings: { email: { name: 'Eve', address, level: 'cc' } } });
  });

  describe('and a webhook', () => {
    let receiver: Server;
    const taken: URLSearchParams[] = [];
    let answer: { status: number; body: string };
    let told = () => {};
    beforeAll(async () => {
      receiver = createServer(async (request, response) => {
        let body = '';
        for await (const piece of request) body += piece;
        taken.push(new URLSearchParams(body));
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
        told();
      });
      await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    });
    afterAll(async () => {
      const none = { preWebhookUrl: '', postWebhookUrl: '', filters: [] };
      await stage.rest.configuration.webhooks().update(none);
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
    });

    test('its source is SDK; one before the act can change or refuse a message.', async () => {
      await meet();
      answer = { status: 200, body: '' };
      const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
      await stage.rest.configuration.webhooks().update({ postWebhookUrl: url, filters: ['onMessageAdded'] });
      taken.length = 0;
      const came = new Promise<void>((resolve) => {
        told = resolve;
      });
      await anns.sendMessage('watched');
      await came;
      expect(Object.fromEntries(taken[0] ?? [])).toMatchObject({
        EventType: 'onMessageAdded',
        Source: 'SDK',
        Body: 'watched',
        Author: ann.identity,
        ClientIdentity: ann.identity,
      });
      await stage.rest.configuration.webhooks().update({ preWebhookUrl: url, filters: ['onMessageAdd'] });
      answer = { status: 200, body: '{"body":"changed"}' };
      const added = heard(anns, 'messageAdded', ({ body }) => body === 'changed');
      await anns.sendMessage('to be changed');
      await added;
      answer = { status: 403, body: '' };
      expect(await refusal(anns.sendMessage('refused'))).not.toBe(0);
    });
  });
});

describe('Typing', () => {
  test('from our own package it is told, and ends when the message comes.', async () => {
    await meet();
    const started = heard(anns, 'typingStarted');
    await cats.typing();
    expect(await started).toMatchObject({ identity: cat.identity, isTyping: true });
    const ended = heard(anns, 'typingEnded');
    await cats.sendMessage('done');
    expect((await ended).isTyping).toBe(false);
  });

  test('with the official one it is told to our own, not to the typist, and to one who came in a moment ago.', async () => {
    await meet();
    const ben = await stage.official('ben');
    const mine: string[] = [];
    ann.on('typingStarted', ({ identity }) => mine.push(identity as string));
    const joined = heard(ben, 'conversationJoined');
    await anns.add(ben.identity);
    const bens = await joined;
    while ((await bens.getParticipants()).length < 3) await heard(bens, 'participantJoined');
    const seen = [heard(bens, 'typingStarted'), next<[{ identity: string }]>(cats, 'typingStarted')];
    await anns.typing();
    for (const participant of await Promise.all(seen)) expect(participant.identity).toBe(ann.identity);
    const ended = heard(bens, 'typingEnded');
    await anns.sendMessage('done');
    await ended;
    expect(mine).toEqual([]);
  });
});
