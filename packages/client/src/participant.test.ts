import { describe, expect, it } from 'vitest';
import { connected, inConversation } from './testing/start.ts';
import { settle } from './testing/turns.ts';

describe('participants', () => {
  it('are added by identity or by address, and are in the list when the promise resolves', async () => {
    const { conversation, seen } = await inConversation();
    expect((await conversation.getParticipants()).map(({ identity }) => identity)).toEqual(['bob', 'alice']);
    const added = await conversation.add('carol', { seat: 3 });
    expect(added).toMatchObject({ identity: 'carol', attributes: '{"seat":3}', conversation_sid: conversation.sid });
    const phone = await conversation.addNonChatParticipant('+15550001111', '+15552223333');
    expect(phone).toMatchObject({
      identity: null,
      messaging_binding: { type: 'sms', address: '+15552223333', proxy_address: '+15550001111' },
    });
    const participants = await conversation.getParticipants();
    expect(participants.slice(2).map(({ sid }) => sid)).toEqual([added.sid, phone.sid]);
    expect(participants[2]).toMatchObject({ type: 'chat', attributes: { seat: 3 }, bindings: {}, isTyping: false });
    expect(participants[3]).toMatchObject({
      type: 'sms',
      bindings: { sms: { address: '+15552223333', proxyAddress: '+15550001111', projectedAddress: null } },
    });
    expect(seen).toEqual(participants.slice(2).map((one) => ({ event: 'participantJoined', args: [one] })));
    expect(await conversation.getParticipantsCount()).toBe(4);
    expect(await conversation.getParticipantByIdentity('carol')).toBe(participants[2]);
    expect(await conversation.getParticipantBySid(phone.sid)).toBe(participants[3]);
    await expect(conversation.getParticipantByIdentity('nobody')).rejects.toMatchObject({ code: 50432 });
  });

  it('are removed by object, SID or identity', async () => {
    const { conversation, seen } = await inConversation();
    for (const identity of ['carol', 'dave', 'erin']) await conversation.add(identity);
    const [, , carol, dave] = await conversation.getParticipants();
    if (!carol || !dave) throw new Error('They are not there.');
    await conversation.removeParticipant(carol);
    await conversation.removeParticipant(dave.sid);
    await conversation.removeParticipant('erin');
    expect((await conversation.getParticipants()).map(({ identity }) => identity)).toEqual(['bob', 'alice']);
    const left = seen.filter(({ event }) => event === 'participantLeft');
    expect(left.slice(0, 2).map(({ args }) => args[0])).toEqual([carol, dave]);
    expect(left).toHaveLength(3);
  });

  it('come from the server page by page once, and are kept up to date by events from then on', async () => {
    const { server, conversation, bob, sid, asked } = await inConversation();
    for (let at = 0; at < 150; at += 1) bob('participants.add', { conversation: sid, identity: `user${at}` });
    expect(await conversation.getParticipants()).toHaveLength(152);
    bob('participants.remove', { conversation: sid, participant: 'user7' });
    await settle();
    expect(await conversation.getParticipants()).toHaveLength(151);
    expect(asked('participants.list')).toHaveLength(2);
    expect(server.conversations.get(sid)?.participants.size).toBe(151);
  });

  it('that are asked for from outside are listed afresh each time', async () => {
    const { client, bob } = await connected();
    const conversation = await client.createConversation({ attributes: 'public' });
    bob('conversations.join', { conversation: conversation.sid });
    expect(await conversation.getParticipants()).toHaveLength(1);
    bob('participants.add', { conversation: conversation.sid, identity: 'carol' });
    expect(await conversation.getParticipants()).toHaveLength(2);
  });

  it('tell what changed, on the participant, the conversation and the client', async () => {
    const { conversation, bob, sid, seen } = await inConversation();
    const participant = await conversation.getParticipantByIdentity('bob');
    const heard: unknown[] = [];
    participant.on('updated', (args) => heard.push(args));
    conversation.on('participantUpdated', (args) => heard.push(args));
    bob('participants.update', { conversation: sid, participant: 'bob', attributes: '[1]' });
    await settle();
    const args = { participant, updateReasons: ['attributes', 'dateUpdated'] };
    expect(heard).toEqual([args, args]);
    expect(seen).toEqual([{ event: 'participantUpdated', args: [args] }]);
    expect(participant.attributes).toEqual([1]);
    await participant.updateAttributes({ two: 2 });
    expect(participant.attributes).toEqual({ two: 2 });
    expect(await participant.getUser()).toMatchObject({ identity: 'bob' });
    await participant.remove();
    expect(await conversation.getParticipantsCount()).toBe(1);
  });

  it('that were not known are announced with every reason when they change', async () => {
    const { bob, sid, seen } = await inConversation();
    bob('messages.send', { conversation: sid, body: 'x' });
    bob('membership.update', { conversation: sid, read: { mode: 'all' } });
    await settle();
    const update = seen.find(({ event }) => event === 'participantUpdated');
    expect(update?.args[0]).toMatchObject({
      participant: { identity: 'bob', lastReadMessageIndex: 0 },
      updateReasons: expect.arrayContaining(['lastReadMessageIndex', 'attributes', 'roleSid', 'bindings']),
    });
  });

  it('outside chat have no user', async () => {
    const { conversation } = await inConversation();
    const { sid } = await conversation.addNonChatParticipant('+15550001111', '+15552223333');
    const participant = await conversation.getParticipantBySid(sid);
    await expect(participant.getUser()).rejects.toThrow('no user');
  });
});

describe('typing', () => {
  it('starts once and ends by itself, for the one who types', async () => {
    const { server, conversation, sid, seen, timers } = await inConversation();
    const bob = await conversation.getParticipantByIdentity('bob');
    server.typing(sid, 'bob');
    await settle();
    expect(bob.isTyping).toBe(true);
    await timers.advance(3000);
    server.typing(sid, 'bob');
    await timers.advance(4999);
    expect(bob.isTyping).toBe(true);
    await timers.advance(1);
    expect(bob.isTyping).toBe(false);
    expect(seen).toEqual([
      { event: 'typingStarted', args: [bob] },
      { event: 'typingEnded', args: [bob] },
    ]);
  });

  it('ends with the message', async () => {
    const { server, bob, sid, seen } = await inConversation();
    server.typing(sid, 'bob');
    await settle();
    bob('messages.send', { conversation: sid, body: 'done' });
    await settle();
    expect(seen.map(({ event }) => event)).toEqual([
      'typingStarted',
      'typingEnded',
      'messageAdded',
      'conversationUpdated',
    ]);
  });

  it('is told to the server at most every half of the time that it is shown', async () => {
    const { conversation, asked, timers, network } = await inConversation();
    for (let at = 0; at < 10; at += 1) {
      await conversation.typing();
      await timers.advance(500);
    }
    expect(asked('typing')).toHaveLength(2);
    network.socket.cut();
    await timers.advance(2500);
    network.online = false;
    network.socket.cut();
    await conversation.typing();
  });

  it('is told to the server at once after a message, which ends it for the others', async () => {
    const { conversation, asked } = await inConversation();
    await conversation.typing();
    await conversation.sendMessage('Hello');
    await conversation.typing();
    expect(asked('typing')).toHaveLength(2);
  });
});
