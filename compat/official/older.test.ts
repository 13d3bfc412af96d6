import { createRequire } from 'node:module';
import type official from '@twilio/conversations';
import type { Conversation, Message, Paginator } from '@twilio/conversations';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { heard, until } from '../sdk/operations/heard.ts';
import { keepJournal } from './journal.ts';
import { back, conversationOf, cutOff, type Person, Stage } from './stage.ts';

/** The 2.x line of the official package, which pages by tokens alone. */
const require = createRequire(import.meta.url);
const lines = ['conversations-2.6'];

describe.each(lines)('%s', (name) => {
  const sdk = require(name) as typeof official;
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.hangUp());
  afterAll(() => stage.close());

  async function person(what: string, { through, identity = stage.name(what) }: Parameters<Stage['official']>[1] = {}) {
    const client = stage.client(await stage.server.token(identity), through, sdk);
    // Those before 2.1 do not say `initialized`.
    expect(await heard(client, 'stateChanged')).toBe('initialized');
    await client.getSubscribedConversations();
    return Object.assign(client, { identity }) as Person;
  }

  /** Two with this package in a conversation that the first one made. */
  async function pair() {
    const [ann, ben] = [await person('ann'), await person('ben')];
    const made = await ann.createConversation({ friendlyName: 'Pair', attributes: { order: 1 } });
    await made.join();
    await until(made, 'updated', () => made.status === 'joined');
    await made.add(ben.identity);
    const [anns, bens] = [await conversationOf(ann, made.sid, 2), await conversationOf(ben, made.sid, 2)];
    return { ann, ben, anns, bens };
  }

  test('starts, lists, creates, joins, and is told what the back end makes.', async () => {
    const { ann, anns } = await pair();
    expect(sdk.Client.version).toMatch(/^2\./);
    expect(anns).toMatchObject({ friendlyName: 'Pair', attributes: { order: 1 }, createdBy: ann.identity });
    const joined = heard(ann, 'conversationJoined', ({ friendlyName }) => friendlyName === 'By REST');
    const sid = await stage.room({ friendlyName: 'By REST' }, ann.identity);
    expect((await joined).sid).toBe(sid);
    const listed = (await ann.getSubscribedConversations()).items.map((each) => each.sid);
    expect(listed.sort()).toEqual([anns.sid, sid].sort());
  });

  test('writes, edits and removes; the other one is told.', async () => {
    const { ann, anns, bens } = await pair();
    const added = heard(bens, 'messageAdded');
    expect(await anns.sendMessage('hello', { mood: 'good' })).toBe(0);
    expect(await added).toMatchObject({ body: 'hello', author: ann.identity, attributes: { mood: 'good' } });
    const [mine] = (await anns.getMessages()).items as [Message];
    const updated = heard(bens, 'messageUpdated', ({ updateReasons }) => updateReasons.includes('body'));
    await mine.updateBody('edited');
    expect((await updated).message.body).toBe('edited');
    const removed = heard(bens, 'messageRemoved');
    await mine.remove();
    expect((await removed).index).toBe(0);
    expect(await anns.sendMessage('next')).toBe(1);
  });

  test('pages back and forth over 250 messages, and over a roster and a list of more than one page.', async () => {
    const ann = await person('ann');
    const room = await stage.room({}, ann.identity);
    for (let n = 0; n < 250; n += 1) await stage.say(room, `${n}`);
    const people = Array.from({ length: 60 }, () => stage.name('member'));
    for (const identity of people) await stage.rest.conversations(room).participants.create({ identity });
    const rooms = [room];
    for (let n = 0; n < 60; n += 1) rooms.push(await stage.room({ friendlyName: `${n}` }, ann.identity));
    const fresh = await person('ann', { identity: ann.identity });
    const there = await conversationOf(fresh, room, 61);
    expect((await there.getParticipants()).length).toBe(61);

    const back: number[] = [];
    const indexes = (page: Paginator<Message>) => page.items.map(({ index }) => index);
    let page = await there.getMessages(40);
    for (;;) {
      back.unshift(...indexes(page));
      if (!page.hasPrevPage) break;
      page = await page.prevPage();
    }
    const all = Array.from({ length: 250 }, (_, n) => n);
    expect(back).toEqual(all);
    const forth = indexes(page);
    while (page.hasNextPage) {
      page = await page.nextPage();
      forth.push(...indexes(page));
    }
    expect(forth).toEqual(all);
    const middle = await there.getMessages(5, 100, 'forward');
    expect(indexes(middle)).toEqual([100, 101, 102, 103, 104]);
    expect(indexes(await middle.nextPage())).toEqual([105, 106, 107, 108, 109]);

    const listed: string[] = [];
    let list: Paginator<Conversation> = await fresh.getSubscribedConversations();
    for (;;) {
      listed.push(...list.items.map(({ sid }) => sid));
      if (!list.hasNextPage) break;
      list = await list.nextPage();
    }
    expect(listed.sort()).toEqual(rooms.sort());
  }, 120_000);

  test('marks what is read, and types.', async () => {
    const { ann, anns, bens } = await pair();
    for (const body of ['one', 'two', 'three']) await anns.sendMessage(body);
    const read = heard(anns, 'participantUpdated', ({ updateReasons }) =>
      updateReasons.includes('lastReadMessageIndex'),
    );
    expect(await bens.updateLastReadMessageIndex(0)).toBe(2);
    expect((await read).participant.lastReadMessageIndex).toBe(0);
    expect(await bens.getUnreadMessagesCount()).toBe(2);
    expect(await bens.setAllMessagesRead()).toBe(0);
    const started = heard(bens, 'typingStarted');
    await anns.typing();
    expect((await started).identity).toBe(ann.identity);
    const ended = heard(bens, 'typingEnded');
    await anns.sendMessage('done');
    await ended;
  });

  test('is told once, and in order, what it missed while it was cut off and while the server changed.', async () => {
    const proxy = await stage.proxy();
    const ann = await person('ann', { through: proxy });
    const room = await stage.room({}, ann.identity);
    const anns = await conversationOf(ann, room);
    const came = heard(anns, 'messageAdded', ({ index }) => index === 2);
    const sids = [await stage.say(room, 'kept'), await stage.say(room, 'old'), await stage.say(room, 'gone')];
    await came;
    await anns.getMessages();
    const journal = keepJournal(ann);
    await cutOff(ann, proxy);
    const messages = stage.rest.conversations(room).messages;
    await messages(sids[1] as string).update({ body: 'edited' });
    await messages(sids[2] as string).remove();
    await stage.say(room, 'missed');
    await stage.server.down();
    await stage.server.up();
    const told = heard(anns, 'messageAdded', ({ body }) => body === 'missed');
    await back(ann, proxy);
    await told;
    const last = heard(anns, 'messageAdded', ({ body }) => body === 'last');
    await stage.say(room, 'last');
    await last;
    expect(journal.messages).toEqual([
      'updated 1 edited (body lastUpdatedBy)',
      'removed 2 gone',
      'added 3 missed',
      'added 4 last',
    ]);
  });

  test('removes somebody, leaves, and deletes.', async () => {
    const { ann, ben, anns, bens } = await pair();
    const out = heard(ben, 'conversationLeft');
    const left = heard(anns, 'participantLeft');
    await anns.removeParticipant(ben.identity);
    expect((await left).identity).toBe(ben.identity);
    expect((await out).sid).toBe(bens.sid);
    const gone = heard(ann, 'conversationLeft');
    await anns.leave();
    await gone;
    const again = await stage.room({}, ann.identity);
    const hers = await conversationOf(ann, again);
    const removed = heard(ann, 'conversationRemoved', ({ sid }) => sid === hers.sid);
    await stage.rest.conversations(again).remove();
    await removed;
  });
});
