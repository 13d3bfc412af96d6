import type { Conversation, Paginator } from '@twilio/conversations';
import { expect, test } from 'vitest';
import { heard, journal, refusal, until } from './heard.ts';
import type { World } from './world.ts';

export function conversationOperations(world: () => World): void {
  test('createConversation: all fields, and one is not in it until one joins', async () => {
    const ann = await world().person('ann');
    const uniqueName = world().name('order');
    const attributes = { order: 1, tags: ['a', null, true], of: { ann: 'x' } };
    const added = heard(ann, 'conversationAdded');
    const made = await ann.createConversation({ friendlyName: 'Order', uniqueName, attributes });
    expect(made.sid).toMatch(/^CH[0-9a-f]{32}$/);
    expect(made).toMatchObject({ friendlyName: 'Order', uniqueName, createdBy: ann.identity });
    expect(made.attributes).toEqual(attributes);
    expect(made.status).toBe('notParticipating');
    expect(made.state?.current).toBe('active');
    expect(made.dateCreated).toBeInstanceOf(Date);
    expect(made.dateUpdated).toBeInstanceOf(Date);
    expect(made.lastMessage).toBe(undefined);
    // The other package says 0 until one has joined.
    expect(made.lastReadMessageIndex).toBe(world().isOurs ? null : 0);
    expect(made.notificationLevel).toBe('default');
    expect((await added).sid).toBe(made.sid);
  });

  test('createConversation: without anything, it has no names and empty attributes', async () => {
    const ann = await world().person();
    const made = await ann.createConversation();
    expect([made.friendlyName || null, made.uniqueName || null]).toEqual([null, null]);
    expect(made.attributes).toEqual({});
  });

  test('createConversation: a unique name that is taken is refused', async () => {
    const ann = await world().person();
    const uniqueName = world().name('taken');
    await ann.createConversation({ uniqueName });
    expect(await refusal(ann.createConversation({ uniqueName }))).toBe(50353);
  });

  test('join: conversationJoined, and the status', async () => {
    const ann = await world().person();
    const made = await ann.createConversation({ friendlyName: 'Room' });
    const joined = heard(ann, 'conversationJoined');
    expect(await made.join()).toBe(made);
    expect((await joined).sid).toBe(made.sid);
    await until(made, 'updated', () => made.status === 'joined');
    await world().shows(made, 'updated', () => made.lastReadMessageIndex === null);
  });

  test('getConversationBySid, getConversationByUniqueName, peekConversationBySid: the same conversation', async () => {
    const { anns, ben } = await world().pair();
    const uniqueName = world().name('known');
    await anns.updateUniqueName(uniqueName);
    const found = [
      await ben.getConversationBySid(anns.sid),
      await ben.getConversationByUniqueName(uniqueName),
      await ben.peekConversationBySid(anns.sid),
    ];
    expect(found.map(({ sid }) => sid)).toEqual([anns.sid, anns.sid, anns.sid]);
  });

  test('getConversationBySid, getConversationByUniqueName: what is not there, or not to be seen, is refused', async () => {
    const { anns } = await world().pair();
    const eve = await world().person('eve');
    expect(await refusal(eve.getConversationBySid(anns.sid))).not.toBe(0);
    expect(await refusal(eve.peekConversationBySid(anns.sid))).not.toBe(0);
    expect(await refusal(eve.getConversationByUniqueName('nothing is called so'))).not.toBe(0);
  });

  test('getSubscribedConversations: those one is in, page by page', async () => {
    const ann = await world().person();
    const sids: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const made = await ann.createConversation({ friendlyName: `${n}` });
      await made.join();
      sids.push(made.sid);
    }
    await ann.createConversation({ friendlyName: 'not in it' });
    const found: string[] = [];
    let page: Paginator<Conversation> = await ann.getSubscribedConversations();
    for (;;) {
      found.push(...page.items.map(({ sid }) => sid));
      if (!page.hasNextPage) break;
      page = await page.nextPage();
    }
    expect(found.sort()).toEqual(sids.sort());
    const again = await ann.getSubscribedConversations();
    expect(again.hasPrevPage).toBe(false);
  });

  test('updateFriendlyName: both see it, as conversation and as client, with the reason', async () => {
    const { ben, anns, bens } = await world().pair();
    const seen = heard(bens, 'updated', ({ updateReasons }) => updateReasons.includes('friendlyName'));
    const told = heard(ben, 'conversationUpdated', ({ updateReasons }) => updateReasons.includes('friendlyName'));
    expect(await anns.updateFriendlyName('New')).toBe(anns);
    expect((await seen).conversation).toBe(bens);
    expect((await told).conversation.friendlyName).toBe('New');
    await world().shows(anns, 'updated', () => anns.friendlyName === 'New');
  });

  test('updateUniqueName: set, and removed with null', async () => {
    const { anns, bens } = await world().pair();
    const uniqueName = world().name('unique');
    const named = heard(bens, 'updated', ({ updateReasons }) => updateReasons.includes('uniqueName'));
    await anns.updateUniqueName(uniqueName);
    expect((await named).conversation.uniqueName).toBe(uniqueName);
    // What a client takes for the name already, it may leave out.
    await world().shows(anns, 'updated', () => anns.uniqueName === uniqueName);
    const unnamed = heard(bens, 'updated', ({ updateReasons }) => updateReasons.includes('uniqueName'));
    await anns.updateUniqueName(null);
    expect((await unnamed).conversation.uniqueName || null).toBe(null);
  });

  test.each([{ a: { b: [1, 'x', null] } }, ['list', 2], 'text', 7, true])(
    'updateAttributes, getAttributes: %j',
    async (attributes) => {
      const { anns, bens } = await world().pair();
      const seen = heard(bens, 'updated', ({ updateReasons }) => updateReasons.includes('attributes'));
      await anns.updateAttributes(attributes);
      expect((await seen).conversation.attributes).toEqual(attributes);
      expect(await bens.getAttributes()).toEqual(attributes);
      await world().shows(anns, 'updated', () => JSON.stringify(anns.attributes) === JSON.stringify(attributes));
    },
  );

  test('leave: conversationLeft for oneself, participantLeft for the others', async () => {
    const { ben, anns, bens } = await world().pair();
    await anns.getParticipants();
    const left = heard(ben, 'conversationLeft');
    const gone = heard(anns, 'participantLeft');
    expect((await bens.leave()).sid).toBe(bens.sid);
    expect((await left).sid).toBe(anns.sid);
    expect((await gone).identity).toBe(ben.identity);
    await until(bens, 'updated', () => bens.status === 'notParticipating');
  });

  test('delete: removed, conversationLeft and conversationRemoved for the others', async () => {
    const { ben, anns, bens } = await world().pair();
    const told = journal(ben, 'conversationLeft', 'conversationRemoved');
    const removed = heard(bens, 'removed');
    const gone = heard(ben, 'conversationRemoved');
    expect((await anns.delete()).sid).toBe(anns.sid);
    expect((await removed).sid).toBe(anns.sid);
    expect((await gone).sid).toBe(anns.sid);
    expect(told.at(-1)).toBe('conversationRemoved');
    expect(await refusal(ben.getConversationBySid(anns.sid))).not.toBe(0);
  });

  test('setUserNotificationLevel: updated with the reason, for oneself only', async () => {
    const { anns, bens } = await world().pair();
    const muted = heard(bens, 'updated', ({ updateReasons }) => updateReasons.includes('notificationLevel'));
    await bens.setUserNotificationLevel('muted');
    expect((await muted).conversation.notificationLevel).toBe('muted');
    expect(anns.notificationLevel).toBe('default');
    const back = heard(bens, 'updated', ({ updateReasons }) => updateReasons.includes('notificationLevel'));
    await bens.setUserNotificationLevel('default');
    expect((await back).conversation.notificationLevel).toBe('default');
  });

  test('state: what the back end closes is seen with the reason, and refuses messages', async () => {
    const { anns, bens } = await world().pair();
    const closed = heard(bens, 'updated', ({ updateReasons }) => updateReasons.includes('state'));
    await world().rest.conversations(anns.sid).update({ state: 'closed' });
    expect((await closed).conversation.state).toMatchObject({ current: 'closed', dateUpdated: expect.any(Date) });
    expect(await refusal(anns.sendMessage('too late'))).not.toBe(0);
  });

  test('lastMessage: follows each message, with the reason', async () => {
    const { anns, bens } = await world().pair();
    const changed = heard(bens, 'updated', ({ updateReasons }) => updateReasons.includes('lastMessage'));
    const index = await anns.sendMessage('hello');
    expect((await changed).conversation.lastMessage).toMatchObject({ index, dateCreated: expect.any(Date) });
  });

  test('getParticipantsCount, getMessagesCount', async () => {
    const { anns, bens } = await world().pair();
    await anns.sendMessage('one');
    await bens.sendMessage('two');
    expect(await anns.getParticipantsCount()).toBe(2);
    expect(await anns.getMessagesCount()).toBe(2);
  });

  test('what the back end makes and adds one to: conversationAdded, conversationJoined', async () => {
    const ann = await world().person();
    const added = heard(ann, 'conversationAdded');
    const joined = heard(ann, 'conversationJoined');
    const { sid } = await world().rest.conversations.create({ friendlyName: 'By REST' });
    await world().rest.conversations(sid).participants.create({ identity: ann.identity });
    expect([(await added).sid, (await joined).sid]).toEqual([sid, sid]);
    expect((await joined).friendlyName).toBe('By REST');
  });

  test('a user of the conversation may not rename or delete it; made admin of it, he may', async () => {
    const { ben, anns, bens } = await world().pair();
    expect(await refusal(bens.updateFriendlyName('mine'))).toBe(50107);
    expect(await refusal(bens.updateAttributes({ mine: true }))).toBe(50107);
    expect(await refusal(bens.delete())).toBe(50107);
    const roles = await world().rest.roles.list();
    const admin = roles.find(({ friendlyName }) => friendlyName === 'channel admin');
    const participants = world().rest.conversations(anns.sid).participants;
    const [his] = (await participants.list()).filter(({ identity }) => identity === ben.identity);
    await participants(his?.sid as string).update({ roleSid: admin?.sid as string });
    await bens.updateFriendlyName('mine');
    await world().shows(bens, 'updated', () => bens.friendlyName === 'mine');
  });
}
