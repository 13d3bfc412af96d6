import type { Client, Conversation } from '@twilio/conversations';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { heard } from '../sdk/operations/heard.ts';
import { type Person, Stage } from './stage.ts';

/** Who is taken out of a conversation before the official package has opened it: it opens each that it hears of. */
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.hangUp());
afterAll(() => stage.close());

/** What apps show that keep a list of their own: what came, without what went, by either pair of events. */
function keepLists(client: Client) {
  const lists = { joined: new Set<string>(), added: new Set<string>() };
  client.on('conversationJoined', ({ sid }: Conversation) => lists.joined.add(sid));
  client.on('conversationLeft', ({ sid }: Conversation) => lists.joined.delete(sid));
  client.on('conversationAdded', ({ sid }: Conversation) => lists.added.add(sid));
  client.on('conversationRemoved', ({ sid }: Conversation) => lists.added.delete(sid));
  return lists;
}

/** She was told of everything up to here. */
async function caughtUp(client: Person): Promise<void> {
  const friendlyName = stage.name('mark');
  const heardOf = heard(client, 'conversationJoined', (each) => each.friendlyName === friendlyName);
  await stage.room({ friendlyName }, client.identity);
  await heardOf;
}

/** What both lists, the client's own and the server's have in the end. */
async function inTheEnd(client: Person, { joined, added }: ReturnType<typeof keepLists>) {
  await caughtUp(client);
  const theirs = [...(await client.getSubscribedConversations()).items].map(({ sid }) => sid);
  const ours = (await stage.rest.users(client.identity).userConversations.list()).map((each) => each.conversationSid);
  return [joined, added, theirs, ours].map((sids) => [...sids].sort());
}

const same = (lists: string[][]) => expect(lists).toEqual(lists.map(() => lists.at(-1)));

test('In and out before she could ask for it: it came and went, for her as well.', async () => {
  const proxy = await stage.proxy();
  const ann = await stage.official('ann', { through: proxy });
  const lists = keepLists(ann);
  await caughtUp(ann);
  proxy.holdUp();
  const [left, gone] = [await stage.room({}, ann.identity), await stage.room({}, ann.identity)];
  await stage.rest.conversations(left).participants(ann.identity).remove();
  await stage.rest.conversations(gone).remove();
  proxy.release();
  same(await inTheEnd(ann, lists));
});

test('Many are in and out, now and then for good, and what she was told comes to what there is.', {
  timeout: 120_000,
}, async () => {
  const ann = await stage.official('ann');
  const lists = keepLists(ann);
  const visit = async (n: number) => {
    const room = await stage.room({}, ann.identity);
    const { participants } = stage.rest.conversations(room);
    if (n % 3 === 0) await stage.rest.conversations(room).remove();
    else await participants(ann.identity).remove();
    if (n % 3 === 1) await participants.create({ identity: ann.identity });
    if (n % 6 === 1) await participants(ann.identity).remove();
  };
  for (let n = 0; n < 48; n += 4) await Promise.all([0, 1, 2, 3].map((m) => visit(n + m)));
  same(await inTheEnd(ann, lists));
});
