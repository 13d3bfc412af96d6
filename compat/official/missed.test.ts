import type { Conversation } from '@twilio/conversations';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { heard } from '../sdk/operations/heard.ts';
import type { CuttingProxy } from './cutting-proxy.ts';
import { type Journal, keepJournal, stateOf, turnThePage } from './journal.ts';
import { back, conversationOf, cutOff, type Person, Stage } from './stage.ts';

/** One with the official package is cut off while the others go on; what she missed is there when she is back. */
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.hangUp());
afterAll(() => stage.close());

const own = '+12025550177';

describe('In a conversation', () => {
  let proxy: CuttingProxy;
  let ann: Person;
  let ben: Person;
  let cat: Awaited<ReturnType<Stage['own']>>;
  let dan: string;
  let phone: string;
  let room: string;
  let anns: Conversation;
  let bens: Conversation;
  let journal: Journal;

  /** Ann, who can be cut off, and Ben; Cat, who has our own package; Dan; and somebody with a phone, if wanted. */
  const begin = async ({ withPhone = false } = {}) => {
    proxy = await stage.proxy();
    ann = await stage.official('ann', { through: proxy });
    ben = await stage.official('ben');
    cat = await stage.own('cat');
    [dan, phone] = [stage.name('dan'), stage.phoneNumber()];
    room = await stage.room({}, ann.identity, ben.identity, cat.identity, dan);
    const participants = stage.rest.conversations(room).participants;
    const binding = { 'messagingBinding.address': phone, 'messagingBinding.proxyAddress': own };
    if (withPhone) await participants.create(binding);
    const size = withPhone ? 5 : 4;
    [anns, bens] = [await conversationOf(ann, room, size), await conversationOf(ben, room, size)];
    const all = [anns, bens].map((each) => heard(each, 'messageAdded', ({ index }) => index === 4));
    for (let n = 0; n < 5; n += 1) await stage.say(room, `${n}`);
    await Promise.all(all);
    await Promise.all([anns.getMessages(), bens.getMessages()]);
    journal = keepJournal(ann);
  };

  /** Everything up to here has come to her. */
  const caughtUp = async () => {
    const [said, told] = [stage.name('end'), stage.name('end')];
    const all = [
      heard(anns, 'messageAdded', ({ body }) => body === said),
      heard(anns, 'participantUpdated', ({ participant }) => (participant.attributes as { end?: string }).end === told),
    ];
    const attributes = JSON.stringify({ end: told });
    const mine = await anns.getParticipantByIdentity(ann.identity);
    await stage.say(room, said);
    await stage.rest
      .conversations(room)
      .participants(mine?.sid as string)
      .update({ attributes });
    await Promise.all(all);
    for (const lines of [journal.messages, journal.participants]) lines.pop();
  };

  test('what was sent by the server library, both packages and a phone is there once, in order.', async () => {
    await begin({ withPhone: true });
    await cutOff(ann, proxy);
    const catsRoom = await cat.getConversationBySid(room);
    await stage.say(room, 'by REST');
    await bens.sendMessage('by the official package');
    await catsRoom.sendMessage('by our own');
    await stage.server.write(phone, own, 'by phone');
    await stage.say(room, 'by REST again');
    await back(ann, proxy);
    await caughtUp();
    expect(journal.messages).toEqual([
      'added 5 by REST',
      'added 6 by the official package',
      'added 7 by our own',
      'added 8 by phone',
      'added 9 by REST again',
    ]);
    expect(await stateOf(anns)).toEqual(await stateOf(bens));
  });

  test('edits, changed attributes and removals of what she knew are told once, and of what she never saw not at all.', async () => {
    await begin();
    const known = (await bens.getMessages()).items;
    await cutOff(ann, proxy);
    const messages = stage.rest.conversations(room).messages;
    await messages(known[1]?.sid as string).update({ body: 'draft' });
    await messages(known[1]?.sid as string).update({ body: 'edited' });
    await messages(known[2]?.sid as string).update({ attributes: '{"star":true}' });
    await messages(known[3]?.sid as string).remove();
    const late = await stage.say(room, 'missed');
    await messages(late).update({ body: 'missed and edited' });
    const gone = await stage.say(room, 'missed and removed');
    await messages(gone).remove();
    await back(ann, proxy);
    await caughtUp();
    expect(journal.messages).toEqual([
      'updated 1 edited (body lastUpdatedBy)',
      'updated 2 2 (attributes lastUpdatedBy)',
      'removed 3 3',
      'added 5 missed and edited',
    ]);
    expect(await stateOf(anns)).toEqual(await stateOf(bens));
  });

  test('who came, went, read and changed is told once; so are its names and attributes.', async () => {
    await begin();
    await cutOff(ann, proxy);
    const conversation = stage.rest.conversations(room);
    const catsRoom = await cat.getConversationBySid(room);
    const [eve, fay] = [stage.name('eve'), stage.name('fay')];
    const uniqueName = stage.name('room');
    await catsRoom.setAllMessagesRead();
    await conversation.participants.create({ identity: eve });
    await conversation.participants.create({ identity: fay });
    const there = await conversation.participants.list();
    const sidOf = (identity: string) => there.find((each) => each.identity === identity)?.sid as string;
    await conversation.participants(sidOf(dan)).remove();
    await conversation.participants(sidOf(fay)).remove();
    const bensOwn = await bens.getParticipantByIdentity(ben.identity);
    await bensOwn?.updateAttributes({ hat: 'red' });
    await conversation.update({ friendlyName: 'Another', uniqueName, attributes: '{"topic":"new"}' });
    await conversation.update({ friendlyName: 'Renamed' });
    const renamed = heard(anns, 'updated', ({ updateReasons }) => updateReasons.includes('friendlyName'));
    await back(ann, proxy);
    await renamed;
    await caughtUp();
    expect(journal.participants).toEqual([
      `updated ${cat.identity} (lastReadMessageIndex lastReadTimestamp)`,
      `joined ${eve}`,
      `left ${dan}`,
      `updated ${ben.identity} (attributes)`,
    ]);
    expect(journal.conversations).toEqual(['updated Renamed (attributes friendlyName uniqueName)']);
    expect(anns.uniqueName).toBe(uniqueName);
    expect(await stateOf(anns)).toEqual(await stateOf(bens));
  });

  test('each cut brings what it hid and nothing of before; what she did herself is there once, too.', async () => {
    await begin();
    for (const [n, body] of ['first', 'second', 'third'].entries()) {
      turnThePage(journal);
      await cutOff(ann, proxy);
      await stage.say(room, body);
      // Waits for the connection.
      const sending = anns.sendMessage(`mine ${body}`);
      await back(ann, proxy);
      const index = await sending;
      await caughtUp();
      expect(index).toBe(6 + 3 * n);
      expect(journal.messages).toEqual([`added ${index - 1} ${body}`, `added ${index} mine ${body}`]);
      expect(journal.participants).toEqual([]);
      expect(journal.conversations).toEqual([]);
    }
    expect(await stateOf(anns)).toEqual(await stateOf(bens));
  });

  test('her own read mark and notification level follow another device of hers.', async () => {
    await begin();
    const phoneOfHers = await stage.official('ann', { identity: ann.identity });
    const there = await conversationOf(phoneOfHers, room, 4);
    await cutOff(ann, proxy);
    await there.updateLastReadMessageIndex(2);
    await there.setUserNotificationLevel('muted');
    const told = heard(ann, 'conversationUpdated', ({ updateReasons }) => updateReasons.includes('notificationLevel'));
    await back(ann, proxy);
    await told;
    await caughtUp();
    expect(anns).toMatchObject({ lastReadMessageIndex: 2, notificationLevel: 'muted' });
    expect(journal.participants).toEqual([`updated ${ann.identity} (lastReadMessageIndex lastReadTimestamp)`]);
  });
});

describe('Of her conversations', () => {
  test('one that she came into, left on another device, was taken out of, or that is gone, is told once.', async () => {
    const proxy = await stage.proxy();
    const ann = await stage.official('ann', { through: proxy });
    const other = await stage.official('ann', { identity: ann.identity });
    const names = ['left', 'taken out', 'deleted', 'kept'];
    const rooms = new Map<string, string>();
    for (const name of names) {
      rooms.set(name, await stage.room({ friendlyName: name }, ann.identity));
    }
    const sidOf = (name: string) => rooms.get(name) as string;
    for (const sid of rooms.values()) await conversationOf(ann, sid);
    const leaving = await conversationOf(other, sidOf('left'));
    const journal = keepJournal(ann);
    await cutOff(ann, proxy);

    await leaving.leave();
    const takenOut = stage.rest.conversations(sidOf('taken out'));
    const [her] = await takenOut.participants.list();
    await takenOut.participants(her?.sid as string).remove();
    await stage.rest.conversations(sidOf('deleted')).remove();
    await stage.say(await stage.room({ friendlyName: 'new' }, ann.identity), 'welcome');
    await stage.rest.conversations(await stage.room({ friendlyName: 'passing' }, ann.identity)).remove();

    const joined = heard(ann, 'conversationJoined', ({ friendlyName }) => friendlyName === 'new');
    await back(ann, proxy);
    const made = await joined;
    // What was told before it is in the journal, too.
    const last = heard(ann, 'conversationJoined', ({ friendlyName }) => friendlyName === 'last');
    await stage.room({ friendlyName: 'last' }, ann.identity);
    await last;
    const told = journal.conversations.filter((line) => !line.startsWith('updated') && !line.endsWith(' last'));
    expect(told).toEqual([
      'left left',
      'removed left',
      'left taken out',
      'removed taken out',
      'left deleted',
      'removed deleted',
      'added new',
      'joined new',
    ]);
    expect((await made.getMessages()).items.map(({ body }) => body)).toEqual(['welcome']);
    const listed = (await ann.getSubscribedConversations()).items.map(({ friendlyName }) => friendlyName);
    expect(listed.sort()).toEqual(['kept', 'last', 'new']);
    expect(await made.sendMessage('thanks')).toBe(1);
  });
});
