import type { Message } from '@twilio/conversations';
import { expect, test } from 'vitest';
import { heard, refusal, until } from './heard.ts';
import type { World } from './world.ts';

export function messageOperations(world: () => World): void {
  test('sendMessage: its index, and messageAdded for conversation and client, with all fields', async () => {
    const { ann, ben, anns, bens } = await world().pair();
    const added = heard(bens, 'messageAdded');
    const told = heard(ben, 'messageAdded');
    expect(await anns.sendMessage('hello', { mood: 'good' })).toBe(0);
    const message = await added;
    expect(message.sid).toMatch(/^IM[0-9a-f]{32}$/);
    expect(message).toMatchObject({ index: 0, body: 'hello', author: ann.identity, type: 'text' });
    expect(message).toMatchObject({ subject: null, contentSid: null, aggregatedDeliveryReceipt: null });
    expect(message.lastUpdatedBy || null).toBe(null);
    expect(message.attributes).toEqual({ mood: 'good' });
    expect(message.dateCreated).toBeInstanceOf(Date);
    expect(message.dateUpdated).toBeInstanceOf(Date);
    expect(message.conversation).toBe(bens);
    expect(message.participantSid).toBe((await bens.getParticipantByIdentity(ann.identity))?.sid);
    expect((await told).sid).toBe(message.sid);
    expect(await anns.sendMessage('again')).toBe(1);
  });

  test('sendMessage: one hears what one has sent oneself', async () => {
    const { anns } = await world().pair();
    const added = heard(anns, 'messageAdded');
    const index = await anns.sendMessage('mine');
    expect(await added).toMatchObject({ index, body: 'mine' });
  });

  test('sendMessage: one after the other without waiting comes in that order', async () => {
    const { anns, bens } = await world().pair();
    const last = heard(bens, 'messageAdded', ({ body }) => body === '9');
    const indexes = await Promise.all(Array.from({ length: 10 }, (_, n) => anns.sendMessage(`${n}`)));
    expect(indexes).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await last;
    expect((await bens.getMessages()).items.map(({ body }) => body)).toEqual([...'0123456789']);
  });

  test('sendMessage: not by somebody who is not in it', async () => {
    const ann = await world().person();
    const made = await ann.createConversation();
    expect(await refusal(made.sendMessage('let me'))).not.toBe(0);
  });

  test('prepareMessage: body, subject and attributes, built and sent', async () => {
    const { anns, bens } = await world().pair();
    const added = heard(bens, 'messageAdded');
    const unsent = anns
      .prepareMessage()
      .setBody('built')
      .setSubject('about')
      .setAttributes([1, { a: 'b' }])
      .build();
    expect(unsent).toBeInstanceOf(world().sdk.UnsentMessage);
    expect(unsent).toMatchObject({ text: 'built', attributes: [1, { a: 'b' }], emailOptions: { subject: 'about' } });
    expect(await unsent.send()).toBe(0);
    expect(await added).toMatchObject({ body: 'built', subject: 'about', attributes: [1, { a: 'b' }] });
    expect(await anns.prepareMessage().setBody('at once').buildAndSend()).toBe(1);
  });

  test('getMessages: backwards from the end, page by page', async () => {
    const { anns, bens } = await world().pair();
    for (let n = 0; n < 12; n += 1) await anns.sendMessage(`${n}`);
    const newest = await bens.getMessages(5);
    expect(bodies(newest.items)).toBe('7 8 9 10 11');
    expect([newest.hasPrevPage, newest.hasNextPage]).toEqual([true, false]);
    const middle = await newest.prevPage();
    expect(bodies(middle.items)).toBe('2 3 4 5 6');
    const oldest = await middle.prevPage();
    expect(bodies(oldest.items)).toBe('0 1');
    expect(oldest.hasPrevPage).toBe(false);
    expect(bodies((await oldest.nextPage()).items)).toBe('2 3 4 5 6');
  });

  test('getMessages: forward from an index, and backwards from one', async () => {
    const { anns, bens } = await world().pair();
    for (let n = 0; n < 8; n += 1) await anns.sendMessage(`${n}`);
    const forward = await bens.getMessages(3, 2, 'forward');
    expect(bodies(forward.items)).toBe('2 3 4');
    expect(bodies((await forward.nextPage()).items)).toBe('5 6 7');
    expect(bodies((await bens.getMessages(3, 4, 'backwards')).items)).toBe('2 3 4');
    expect(bodies((await bens.getMessages(30)).items)).toBe('0 1 2 3 4 5 6 7');
  });

  test('Message.updateBody: updated and messageUpdated, with the reasons', async () => {
    const { ann, ben, anns, bens } = await world().pair();
    await anns.sendMessage('first');
    const [mine] = (await anns.getMessages()).items as [Message];
    const [his] = (await bens.getMessages()).items as [Message];
    const updated = heard(his, 'updated', ({ updateReasons }) => updateReasons.includes('body'));
    const told = heard(ben, 'messageUpdated', ({ updateReasons }) => updateReasons.includes('body'));
    expect(await mine.updateBody('second')).toBe(mine);
    const { message, updateReasons } = await updated;
    expect(message).toBe(his);
    expect(message.body).toBe('second');
    expect(updateReasons).toContain('lastUpdatedBy');
    expect(message.lastUpdatedBy).toBe(ann.identity);
    expect((await told).message.sid).toBe(mine.sid);
    await until(mine, 'updated', () => mine.body === 'second');
  });

  test('Message.updateAttributes: with the reason', async () => {
    const { anns, bens } = await world().pair();
    await anns.sendMessage('first');
    const [mine] = (await anns.getMessages()).items as [Message];
    await bens.getMessages();
    const updated = heard(bens, 'messageUpdated', ({ updateReasons }) => updateReasons.includes('attributes'));
    await mine.updateAttributes({ star: true });
    expect((await updated).message.attributes).toEqual({ star: true });
  });

  test('Message.updateBody: not what somebody else wrote', async () => {
    const { anns, bens } = await world().pair();
    await anns.sendMessage('mine');
    const [his] = (await bens.getMessages()).items as [Message];
    expect(await refusal(his.updateBody('yours'))).toBe(50107);
    expect(await refusal(his.remove())).toBe(50107);
  });

  test('Message.remove: messageRemoved, and its index stays unused', async () => {
    const { ben, anns, bens } = await world().pair();
    await anns.sendMessage('gone');
    const [mine] = (await anns.getMessages()).items as [Message];
    await bens.getMessages();
    const removed = heard(bens, 'messageRemoved');
    const told = heard(ben, 'messageRemoved');
    expect((await mine.remove()).sid).toBe(mine.sid);
    expect(await removed).toMatchObject({ sid: mine.sid, index: 0 });
    expect((await told).sid).toBe(mine.sid);
    expect((await bens.getMessages()).items).toEqual([]);
    expect(await anns.sendMessage('next')).toBe(1);
  });

  test('Message.getParticipant', async () => {
    const { ann, anns, bens } = await world().pair();
    await anns.sendMessage('mine');
    const [his] = (await bens.getMessages()).items as [Message];
    expect((await his.getParticipant()).identity).toBe(ann.identity);
  });

  test('what the back end writes, edits and removes', async () => {
    const { anns } = await world().pair();
    const { messages } = world().rest.conversations(anns.sid);
    const added = heard(anns, 'messageAdded');
    const { sid } = await messages.create({ author: 'system', body: 'welcome', attributes: '{"a":1}' });
    const message = await added;
    expect(message).toMatchObject({
      sid,
      author: 'system',
      body: 'welcome',
      participantSid: null,
      attributes: { a: 1 },
    });
    const updated = heard(message, 'updated', ({ updateReasons }) => updateReasons.includes('body'));
    const author = heard(message, 'updated', ({ updateReasons }) => updateReasons.includes('author'));
    await world().rest.conversations(anns.sid).messages(sid).update({ body: 'hello', author: 'robot' });
    expect((await updated).message.body).toBe('hello');
    expect((await author).message.author).toBe('robot');
    const removed = heard(anns, 'messageRemoved');
    await world().rest.conversations(anns.sid).messages(sid).remove();
    expect((await removed).sid).toBe(sid);
  });

  test('aggregatedDeliveryReceipt, getDetailedDeliveryReceipts: how a phone got it', async () => {
    const { anns } = await world().pair();
    await anns.addNonChatParticipant('+12025550177', world().phoneNumber());
    const delivered = heard(
      anns,
      'messageUpdated',
      ({ message, updateReasons }) =>
        updateReasons.includes('deliveryReceipt') && message.aggregatedDeliveryReceipt?.delivered === 'all',
    );
    await anns.sendMessage('to the phone');
    const { message } = await delivered;
    const total = message.aggregatedDeliveryReceipt;
    expect(total).toBeInstanceOf(world().sdk.AggregatedDeliveryReceipt);
    expect(total).toMatchObject({ total: 1, sent: 'all', delivered: 'all', read: 'none' });
    expect(total).toMatchObject({ failed: 'none', undelivered: 'none' });
    const [receipt] = await message.getDetailedDeliveryReceipts();
    expect(receipt).toBeInstanceOf(world().sdk.DetailedDeliveryReceipt);
    expect(receipt).toMatchObject({
      sid: expect.stringMatching(/^DY/),
      status: 'delivered',
      messageSid: message.sid,
      conversationSid: anns.sid,
      participantSid: expect.stringMatching(/^MB/),
      channelMessageSid: expect.any(String),
    });
    expect(Number(receipt?.errorCode)).toBe(0);
    expect(new Date(receipt?.dateUpdated ?? '').getTime()).toBeGreaterThan(0);
  });

  test('what a person writes on a phone: author, participant, no identity', async () => {
    const { anns } = await world().pair();
    const phone = world().phoneNumber();
    const { sid } = await anns.addNonChatParticipant('+12025550177', phone);
    const added = heard(anns, 'messageAdded');
    await world().write(phone, '+12025550177', 'from the phone');
    const message = await added;
    expect(message).toMatchObject({ body: 'from the phone', author: phone, participantSid: sid });
    expect(await message.getParticipant()).toMatchObject({ type: 'sms', identity: null });
  });
}

function bodies(messages: Message[]): string {
  return messages.map(({ body }) => body).join(' ');
}
