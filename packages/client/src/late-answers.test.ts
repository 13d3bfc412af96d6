import { describe, expect, it } from 'vitest';
import type { Message } from './message.ts';
import type { Participant } from './participant.ts';
import { as } from './testing/fake-session.ts';
import { changes, inConversation } from './testing/start.ts';
import { settle } from './testing/turns.ts';

describe('answers that were overtaken by events', () => {
  it('do not bring back what was removed, nor what was changed since', async () => {
    const world = await inConversation();
    const { bob, sid, network, conversation } = world;
    for (const body of ['a', 'b']) bob('messages.send', { conversation: sid, body });
    bob('participants.add', { conversation: sid, identity: 'carol' });
    await settle();
    const before = (await conversation.getMessages()).items;
    network.stop();
    const messages = conversation.getMessages();
    const participants = conversation.getParticipants();
    await settle();
    network.socket.deliverUp();
    network.socket.deliverUp();
    bob('messages.remove', { conversation: sid, index: 0 });
    bob('messages.update', { conversation: sid, index: 1, body: 'b, changed' });
    bob('participants.remove', { conversation: sid, participant: 'carol' });
    // The two answers last.
    const { down } = network.socket;
    down.push(...down.splice(0, 2));
    network.flow();
    const { items } = await messages;
    expect(items).toEqual([before[1]]);
    expect(items[0]?.body).toBe('b, changed');
    expect((await participants).map(({ identity }: Participant) => identity)).toEqual(['bob', 'alice']);
  });

  it('do not bring back a participant who was asked for and removed', async () => {
    const world = await inConversation();
    const { bob, sid, network, conversation } = world;
    network.stop();
    const asked = conversation.getParticipantByIdentity('bob').catch(({ code }) => code);
    await settle();
    network.socket.deliverUp();
    bob('participants.remove', { conversation: sid, participant: 'bob' });
    network.socket.deliverDown(1);
    network.flow();
    expect(await asked).toBe(50432);
    expect((await conversation.getParticipants()).map(({ identity }) => identity)).toEqual(['alice']);
  });

  it('do not set back the read horizon', async () => {
    const world = await inConversation();
    const { server, sid, network, client, conversation } = world;
    const alice = as(server, 'alice');
    network.stop();
    const peeked = client.peekConversationBySid(sid);
    await settle();
    network.socket.deliverUp();
    alice('membership.update', { conversation: sid, read: { mode: 'set', index: 5 } });
    network.socket.deliverDown(2);
    network.socket.deliverDown(1);
    expect(conversation.lastReadMessageIndex).toBe(5);
    network.flow();
    expect(await peeked).toBe(conversation);
    expect(conversation.lastReadMessageIndex).toBe(5);
  });

  it('that are ahead of the events are not set back by them', async () => {
    const world = await inConversation();
    const { bob, sid, network, conversation } = world;
    bob('messages.send', { conversation: sid, body: 'a' });
    await settle();
    const message = (await conversation.getMessages()).items[0] as Message;
    world.seen.length = 0;
    network.stop();
    bob('messages.update', { conversation: sid, index: 0, body: 'a1' });
    bob('messages.update', { conversation: sid, index: 0, body: 'a2' });
    bob('messages.send', { conversation: sid, body: 'b' });
    const page = conversation.getMessages();
    await settle();
    network.socket.deliverUp();
    // The answer first.
    network.socket.deliverDown(network.socket.down.length - 1);
    expect((await page).items).toHaveLength(2);
    expect(message.body).toBe('a2');
    network.flow();
    await settle();
    expect(message.body).toBe('a2');
    expect(changes(world)).toEqual(['messageUpdated', 'messageAdded', 'conversationUpdated']);
  });
});
