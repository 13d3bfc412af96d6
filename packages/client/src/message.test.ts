import { describe, expect, it } from 'vitest';
import type { Message } from './message.ts';
import { connected, inConversation } from './testing/start.ts';
import { settle } from './testing/turns.ts';

describe('messages', () => {
  it('are sent with attributes and subject, and have arrived when the promise resolves', async () => {
    const { conversation, seen, asked } = await inConversation();
    expect(await conversation.sendMessage('Hello', { mood: 'good' }, { subject: 'Greeting' })).toBe(0);
    expect(conversation.lastMessage?.index).toBe(0);
    const [added, updated] = seen;
    expect(added).toMatchObject({
      event: 'messageAdded',
      args: [
        { index: 0, body: 'Hello', author: 'alice', attributes: { mood: 'good' }, subject: 'Greeting', type: 'text' },
      ],
    });
    expect(updated).toEqual({ event: 'conversationUpdated', args: [{ conversation, updateReasons: ['lastMessage'] }] });
    expect(await conversation.prepareMessage().setBody('Built').setAttributes([2]).setSubject('S').build().send()).toBe(
      1,
    );
    expect(await conversation.prepareMessage().setBody('Sent').buildAndSend()).toBe(2);
    expect(asked('messages.send').map(({ params }) => params)).toMatchObject([
      { body: 'Hello', attributes: '{"mood":"good"}', subject: 'Greeting' },
      { body: 'Built', attributes: '[2]', subject: 'S' },
      { body: 'Sent', attributes: '{}' },
    ]);
    await expect(conversation.sendMessage(null)).rejects.toMatchObject({ code: 50503 });
  });

  it('keep the order in which they were sent, also past one that is refused', async () => {
    const { conversation, server, sid } = await inConversation();
    const sent = ['a', 'b', '', 'c'].map((body) => conversation.sendMessage(body));
    const settled = await Promise.allSettled(sent);
    expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : 'refused'))).toEqual([0, 1, 'refused', 2]);
    const messages = [...(server.conversations.get(sid)?.messages.values() ?? [])];
    expect(messages.map(({ data }) => data.body)).toEqual(['a', 'b', 'c']);
  });

  it('into a conversation that one made and is not in show without events', async () => {
    const { client } = await connected();
    const conversation = await client.createConversation();
    expect(await conversation.sendMessage('alone')).toBe(0);
    expect(conversation.lastMessage?.index).toBe(0);
    const { items } = await conversation.getMessages();
    await items[0]?.updateBody('still alone');
    expect(items[0]?.body).toBe('still alone');
    await conversation.updateFriendlyName('Mine');
    expect(conversation.friendlyName).toBe('Mine');
  });

  it('come in pages, newest first, each page ascending', async () => {
    const { conversation, bob, sid } = await inConversation();
    for (let at = 0; at < 7; at += 1) bob('messages.send', { conversation: sid, body: `m${at}` });
    const newest = await conversation.getMessages(3);
    expect(newest.items.map(({ index }) => index)).toEqual([4, 5, 6]);
    expect([newest.hasPrevPage, newest.hasNextPage]).toEqual([true, false]);
    const middle = await newest.prevPage();
    const oldest = await middle.prevPage();
    expect(oldest.items.map(({ index }) => index)).toEqual([0]);
    expect([oldest.hasPrevPage, oldest.hasNextPage]).toEqual([false, true]);
    const again = await oldest.nextPage();
    expect(again.items).toEqual(middle.items);
    expect(again.items[0]).toBe(middle.items[0]);
    await expect(newest.nextPage()).rejects.toThrow('no such page');
    await expect(oldest.prevPage()).rejects.toThrow('no such page');
    const forward = await conversation.getMessages(3, 2, 'forward');
    expect(forward.items.map(({ index }) => index)).toEqual([2, 3, 4]);
    const before = await forward.prevPage();
    expect(before.items.map(({ index }) => index)).toEqual([0, 1]);
    const backwards = await conversation.getMessages(2, 5);
    expect(backwards.items.map(({ index }) => index)).toEqual([4, 5]);
    expect(await conversation.getMessagesCount()).toBe(7);
  });

  it('leave holes where they were removed, which pages step over', async () => {
    const { conversation, bob, sid } = await inConversation();
    for (let at = 0; at < 6; at += 1) bob('messages.send', { conversation: sid, body: `m${at}` });
    for (const index of [2, 3, 5]) bob('messages.remove', { conversation: sid, index });
    const page = await conversation.getMessages(2);
    expect(page.items.map(({ index }) => index)).toEqual([1, 4]);
    expect((await page.prevPage()).items.map(({ index }) => index)).toEqual([0]);
  });

  it('are changed and removed, which shows when the promises resolve', async () => {
    const { conversation, seen, client } = await inConversation();
    await conversation.sendMessage('first');
    const message = (await conversation.getMessages()).items[0] as Message;
    seen.length = 0;
    const own: unknown[] = [];
    message.on('updated', (args) => own.push(args));
    expect(await message.updateBody('second')).toBe(message);
    expect(message).toMatchObject({ body: 'second', lastUpdatedBy: 'alice' });
    await message.updateAttributes({ n: 1 });
    expect(message.attributes).toEqual({ n: 1 });
    expect(await message.getParticipant()).toMatchObject({ identity: 'alice' });
    await message.remove();
    expect((await conversation.getMessages()).items).toEqual([]);
    expect(own).toEqual([
      { message, updateReasons: ['body', 'lastUpdatedBy', 'dateUpdated'] },
      { message, updateReasons: ['attributes', 'dateUpdated'] },
    ]);
    expect(seen.map(({ event }) => event)).toEqual([
      'messageUpdated',
      'messageUpdated',
      'messageRemoved',
      'conversationUpdated',
    ]);
    expect(seen[2]?.args).toEqual([message]);
    expect(conversation.lastMessage).toBeUndefined();
    expect(client.connectionState).toBe('connected');
  });

  it('can be made from a content template, and say what they show', async () => {
    const { conversation, asked } = await inConversation();
    const contentSid = `HX${'1'.repeat(32)}`;
    const variables = [
      { name: '1', value: 'Ann' },
      { name: '__proto__', value: 'x' },
    ];
    await conversation.prepareMessage().setContentTemplate(contentSid, variables).buildAndSend();
    await conversation.prepareMessage().setContentTemplate(contentSid).buildAndSend();
    expect(asked('messages.send').map(({ params }) => params)).toMatchObject([
      { contentSid, contentVariables: '{"1":"Ann","__proto__":"x"}' },
      { contentSid },
    ]);
    expect(asked('messages.send')[1]?.params).not.toHaveProperty('contentVariables');
    const [message] = (await conversation.getMessages()).items as [Message, Message];
    expect(message.contentSid).toBe(contentSid);
    expect(await message.getContentData()).toEqual({
      type: 'text',
      body: message.body,
      rawData: JSON.stringify({ body: message.body }),
    });
    await conversation.sendMessage('plain');
    expect(await conversation.lastMessage).toMatchObject({ index: 2 });
    expect(await (await conversation.getMessages()).items[2]?.getContentData()).toBeNull();
    expect(asked('messages.content')).toHaveLength(1);
  });

  it('say what became of their copies', async () => {
    const { conversation, server, sid, seen } = await inConversation();
    await conversation.addNonChatParticipant('+15550001111', '+15552223333');
    await conversation.addNonChatParticipant('+15550001111', '+15552224444');
    await conversation.sendMessage('to phones');
    const message = (await conversation.getMessages()).items[0] as Message;
    expect(message.aggregatedDeliveryReceipt).toBeNull();
    const receipts = await message.getDetailedDeliveryReceipts();
    expect(receipts).toMatchObject([
      { status: 'queued', errorCode: 0, messageSid: message.sid, channelMessageSid: null },
      { status: 'failed', errorCode: 30003, dateCreated: message.dateCreated?.toISOString() },
    ]);
    seen.length = 0;
    const stored = server.conversations.get(sid)?.messages.get(0);
    if (!stored) throw new Error('It is not there.');
    const delivery = {
      total: 2,
      sent: 'all',
      delivered: 'some',
      read: 'none',
      failed: 'some',
      undelivered: 'none',
    } as const;
    stored.data = { ...stored.data, delivery };
    server.append(stored.data.conversationSid, 'message.updated', stored.data);
    await settle();
    expect(seen).toEqual([{ event: 'messageUpdated', args: [{ message, updateReasons: ['deliveryReceipt'] }] }]);
    const receipt = message.aggregatedDeliveryReceipt;
    expect({ ...delivery }).toEqual({
      total: receipt?.total,
      sent: receipt?.sent,
      delivered: receipt?.delivered,
      read: receipt?.read,
      failed: receipt?.failed,
      undelivered: receipt?.undelivered,
    });
    expect(message.aggregatedDeliveryReceipt).toBe(receipt);
  });
});
