import { describe, expect, it } from 'vitest';
import type { Message } from './message.ts';
import { connected, inConversation } from './testing/start.ts';
import { settle } from './testing/turns.ts';

describe('joining and leaving', () => {
  it('show in the status when their promises resolve, and are announced once', async () => {
    const { client, seen } = await connected();
    const conversation = await client.createConversation();
    expect(await conversation.join()).toBe(conversation);
    expect(conversation.status).toBe('joined');
    const removed: unknown[] = [];
    conversation.on('removed', (gone) => removed.push(gone));
    await conversation.leave();
    expect(conversation.status).toBe('notParticipating');
    expect(removed).toEqual([conversation]);
    await conversation.join();
    expect(conversation.status).toBe('joined');
    await settle();
    expect(seen.map(({ event }) => event)).toEqual([
      'conversationAdded',
      'conversationJoined',
      'participantLeft',
      'conversationLeft',
      'conversationRemoved',
      'conversationAdded',
      'conversationJoined',
    ]);
    expect(seen.map(({ args }) => args[0] === conversation)).toEqual([true, true, false, true, true, true, true]);
  });

  it('shows also when the event of it is lost', async () => {
    const { client, network } = await connected();
    const conversation = await client.createConversation();
    network.stop();
    const joined = conversation.join();
    await settle();
    network.socket.deliverUp();
    network.socket.down.shift();
    network.flow();
    await joined;
    expect(conversation.status).toBe('joined');
  });

  it('twice is refused, leaving without being in does nothing', async () => {
    const { conversation, asked } = await inConversation();
    await expect(conversation.join()).rejects.toMatchObject({ code: 50433 });
    await conversation.leave();
    await conversation.leave();
    expect(asked('conversations.leave')).toHaveLength(1);
  });

  it('brings messages after a return to the old object', async () => {
    const { conversation, bob, sid, seen } = await inConversation();
    await conversation.leave();
    bob('messages.send', { conversation: sid, body: 'unheard' });
    bob('participants.add', { conversation: sid, identity: 'alice' });
    bob('messages.send', { conversation: sid, body: 'heard' });
    await settle();
    expect(conversation.status).toBe('joined');
    const bodies = seen.filter(({ event }) => event === 'messageAdded').map(({ args }) => (args[0] as Message).body);
    expect(bodies).toEqual(['heard']);
    expect(conversation.lastMessage?.index).toBe(1);
  });

  it('is told of being added and removed by others', async () => {
    const { client, bob, seen } = await connected();
    const { sid } = bob('conversations.create', { friendlyName: 'Theirs' }).conversation;
    bob('participants.add', { conversation: sid, identity: 'alice' });
    await settle();
    const conversation = await client.getConversationBySid(sid);
    bob('participants.remove', { conversation: sid, participant: 'alice' });
    bob('messages.send', { conversation: sid, body: 'behind her back' });
    await settle();
    expect(conversation.status).toBe('notParticipating');
    expect(seen.filter(({ event }) => event !== 'participantLeft')).toEqual(
      ['conversationAdded', 'conversationJoined', 'conversationLeft', 'conversationRemoved'].map((event) => ({
        event,
        args: [conversation],
      })),
    );
  });

  it('ends for everybody when the conversation is deleted', async () => {
    const { client, conversation, server, bob, seen } = await inConversation();
    const { sid } = bob('conversations.create', {}).conversation;
    bob('participants.add', { conversation: sid, identity: 'alice' });
    await settle();
    seen.length = 0;
    bob('conversations.delete', { conversation: sid });
    await conversation.delete();
    await settle();
    expect(server.conversations.size).toBe(0);
    expect(seen.map(({ event }) => event)).toEqual([
      'conversationLeft',
      'conversationRemoved',
      'conversationLeft',
      'conversationRemoved',
    ]);
    await expect(client.getConversationBySid(sid)).rejects.toMatchObject({ code: 50350 });
  });
});

describe('the read horizon', () => {
  it('moves, is counted from, and shows when the promise resolves', async () => {
    const { conversation, bob, sid, seen } = await inConversation();
    for (let at = 0; at < 5; at += 1) bob('messages.send', { conversation: sid, body: `m${at}` });
    await settle();
    seen.length = 0;
    expect(await conversation.getUnreadMessagesCount()).toBeNull();
    expect(await conversation.advanceLastReadMessageIndex(2)).toBe(2);
    expect(conversation.lastReadMessageIndex).toBe(2);
    expect(await conversation.advanceLastReadMessageIndex(1)).toBe(2);
    expect(conversation.lastReadMessageIndex).toBe(2);
    expect(await conversation.updateLastReadMessageIndex(0)).toBe(4);
    expect(conversation.lastReadMessageIndex).toBe(0);
    expect(await conversation.setAllMessagesRead()).toBe(0);
    expect(conversation.lastReadMessageIndex).toBe(4);
    expect(await conversation.getUnreadMessagesCount()).toBe(0);
    expect(await conversation.setAllMessagesUnread()).toBe(5);
    expect(conversation.lastReadMessageIndex).toBeNull();
    expect(await conversation.updateLastReadMessageIndex(null)).toBe(5);
    const updates = seen.filter(({ event }) => event === 'conversationUpdated');
    expect(updates).toEqual(
      Array(4).fill({
        event: 'conversationUpdated',
        args: [{ conversation, updateReasons: ['lastReadMessageIndex'] }],
      }),
    );
  });
});

describe('a conversation', () => {
  it('is renamed and described, which shows when the promises resolve', async () => {
    const { conversation, seen } = await inConversation();
    const updated: unknown[] = [];
    conversation.on('updated', (args) => updated.push(args));
    expect(await conversation.updateFriendlyName('Dinner')).toBe(conversation);
    expect(conversation.friendlyName).toBe('Dinner');
    await conversation.updateUniqueName(null);
    expect(conversation.uniqueName).toBeNull();
    await conversation.updateAttributes({ a: [1] });
    expect(await conversation.getAttributes()).toEqual({ a: [1] });
    await conversation.setUserNotificationLevel('muted');
    expect(conversation.notificationLevel).toBe('muted');
    const reasons = [
      ['friendlyName', 'dateUpdated'],
      ['uniqueName', 'dateUpdated'],
      ['attributes', 'dateUpdated'],
      ['notificationLevel'],
    ];
    expect(updated).toEqual(reasons.map((updateReasons) => ({ conversation, updateReasons })));
    expect(seen.filter(({ event }) => event === 'conversationUpdated').map(({ args }) => args[0])).toEqual(updated);
  });

  it('sends every change with a key of its own, which sorts after the one before', async () => {
    const { conversation, server } = await inConversation();
    await conversation.updateFriendlyName('Dinner');
    await conversation.sendMessage('x');
    await conversation.sendMessage('x');
    const keys = server.requests.flatMap(({ params }) => (params as { key?: string }).key ?? []);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^[\d.e-]+-[0-9a-z]{8}$/);
    expect([...keys].sort()).toEqual(keys);
  });
});
