import type { Conversation, Paginator } from '@twilio/conversations';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { heard } from '../sdk/operations/heard.ts';
import { allMessages, keepJournal } from './journal.ts';
import { back, conversationOf, cutOff, Stage } from './stage.ts';

/** More than fits in one page, one batch of subscriptions, or one answer to what was missed. */
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.hangUp());
afterAll(() => stage.close());

/** Calls it for 0, 1, …, some at a time. */
async function times<T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next++;
      results[n] = await work(n);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return results;
}

const sorted = (texts: Iterable<string | null>) => [...texts].sort();

async function all<T>(first: Promise<Paginator<T>>): Promise<T[]> {
  const items: T[] = [];
  let page = await first;
  for (;;) {
    items.push(...page.items);
    if (!page.hasNextPage) return items;
    page = await page.nextPage();
  }
}

test('A roster of 120, and 130 conversations, of which one is read, followed and resumed.', {
  timeout: 180_000,
}, async () => {
  const proxy = await stage.proxy();
  const identity = stage.name('ann');
  const people = Array.from({ length: 119 }, () => stage.name('member'));
  const crowd = await stage.room({ friendlyName: 'Crowd' }, identity);
  await times(people.length, (n) =>
    stage.rest.conversations(crowd).participants.create({ identity: people[n] as string }),
  );
  const rooms = await times(129, (n) => stage.room({ friendlyName: `Room ${n}` }, identity));

  const ann = await stage.official('ann', { identity, through: proxy });
  const listed = await all<Conversation>(ann.getSubscribedConversations());
  expect(sorted(listed.map(({ sid }) => sid))).toEqual(sorted([crowd, ...rooms]));
  const anns = await conversationOf(ann, crowd);
  expect(sorted((await anns.getParticipants()).map((each) => each.identity))).toEqual(sorted([identity, ...people]));

  // Each of them is subscribed to.
  const journal = keepJournal(ann);
  const heardAll = Promise.all(
    rooms.map((sid) => heard(ann, 'messageAdded', ({ conversation }) => conversation.sid === sid)),
  );
  await times(rooms.length, (n) => stage.say(rooms[n] as string, `live ${n}`));
  await heardAll;
  expect(sorted(journal.messages)).toEqual(sorted(rooms.map((_, n) => `added 0 live ${n}`)));

  journal.messages.length = 0;
  await cutOff(ann, proxy);
  await times(rooms.length, (n) => stage.say(rooms[n] as string, `missed ${n}`));
  const missedAll = Promise.all(
    rooms.map((sid) => heard(ann, 'messageAdded', ({ conversation }) => conversation.sid === sid)),
  );
  await back(ann, proxy);
  await missedAll;
  expect(sorted(journal.messages)).toEqual(sorted(rooms.map((_, n) => `added 1 missed ${n}`)));
});

test('2,300 changes that were missed, more than one answer holds, come once and in order.', {
  timeout: 180_000,
}, async () => {
  const proxy = await stage.proxy();
  const ann = await stage.official('ann', { through: proxy });
  const room = await stage.room({}, ann.identity);
  const anns = await conversationOf(ann, room);
  const known = await times(300, (n) => stage.say(room, `known ${n}`));
  const before = await allMessages(anns);
  expect(before.length).toBe(300);
  const indexOf = new Map(before.map(({ sid, index }) => [sid, index]));
  const journal = keepJournal(ann);
  await cutOff(ann, proxy);
  await times(300, (n) =>
    stage.rest
      .conversations(room)
      .messages(known[n] as string)
      .update({ body: `edited ${n}` }),
  );
  const sids = await times(2000, (n) => stage.say(room, `missed ${n}`));
  const last = heard(anns, 'messageAdded', ({ body }) => body === 'last');
  await stage.say(room, 'last');
  await back(ann, proxy);
  await last;
  const expected = (await stage.rest.conversations(room).messages.list({ limit: 5000, pageSize: 100 })).slice(300);
  expect(expected.length).toBe(sids.length + 1);
  const added = journal.messages.filter((line) => line.startsWith('added'));
  expect(added).toEqual(expected.map(({ index, body }) => `added ${index} ${body}`));
  const updated = journal.messages.filter((line) => line.startsWith('updated'));
  expect(sorted(updated)).toEqual(
    sorted(known.map((sid, n) => `updated ${indexOf.get(sid)} edited ${n} (body lastUpdatedBy)`)),
  );
  const here = (await allMessages(anns)).map(({ index, body }) => `${index} ${body}`);
  expect(here.length).toBe(2301);
  expect(new Set(here).size).toBe(2301);
});

test('250 messages are read page by page, back, forth, from the middle, and over gaps.', {
  timeout: 120_000,
}, async () => {
  const ann = await stage.official('ann');
  const room = await stage.room({}, ann.identity);
  const anns = await conversationOf(ann, room);
  const sids: string[] = [];
  for (let n = 0; n < 250; n += 1) sids.push(await stage.say(room, `${n}`));
  for (const n of [0, 99, 100, 101, 249])
    await stage.rest
      .conversations(room)
      .messages(sids[n] as string)
      .remove();
  const left = sids.map((_, n) => n).filter((n) => ![0, 99, 100, 101, 249].includes(n));
  const indexes = (page: Paginator<{ index: number }>) => page.items.map(({ index }) => index);

  const back: number[] = [];
  let page = await anns.getMessages(40);
  for (;;) {
    back.unshift(...indexes(page));
    if (!page.hasPrevPage) break;
    page = await page.prevPage();
  }
  expect(back).toEqual(left);
  const forth = [...indexes(page)];
  while (page.hasNextPage) {
    page = await page.nextPage();
    forth.push(...indexes(page));
  }
  expect(forth).toEqual(left);
  expect(indexes(await anns.getMessages(4, 100, 'forward'))).toEqual([102, 103, 104, 105]);
  expect(indexes(await anns.getMessages(4, 100, 'backwards'))).toEqual([95, 96, 97, 98]);
  const fresh = await stage.official('ann', { identity: ann.identity });
  const again = await conversationOf(fresh, room);
  const middle = await again.getMessages(4, 100, 'forward');
  expect(indexes(middle)).toEqual([102, 103, 104, 105]);
  expect(indexes(await middle.nextPage())).toEqual([106, 107, 108, 109]);
});
