import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deleteConversation } from '../../core/conversations/actions.ts';
import { removeMessage, sendMessage } from '../../core/messages/actions.ts';
import { addParticipant, removeParticipant, updateMembership } from '../../core/participants/actions.ts';
import { listRoles } from '../../core/roles/actions.ts';
import { updateUser } from '../../core/users/actions.ts';
import { openPushWorld, type PushWorld } from '../../testing/push-world.ts';

let at: PushWorld;
beforeEach(async () => {
  at = await openPushWorld();
});
afterEach(() => at.discard());

const on = { enabled: true };
const apple = (letter: string) => letter.repeat(64);
const fcmTokens = () => at.sentToFcm().map(({ token }) => token);

describe('Whom a message is notified to:', () => {
  beforeEach(() => at.configure({ newMessage: on, added: on, removed: on }));

  test('all devices of those who are in the conversation, but not of its author.', async () => {
    const room = await at.roomOf('ann', 'bob', 'cleo', 'dan');
    await at.register('ann', 'fcm', 'ann-1');
    await at.register('bob', 'fcm', 'bob-1');
    await at.register('bob', 'apn', apple('b'));
    await at.register('cleo', 'apn', apple('c'));
    await at.register('eve', 'fcm', 'eve-1');
    await at.send(room, 'ann', 'Hello');
    await at.push.idle();
    expect(fcmTokens()).toEqual(['bob-1']);
    expect(
      at
        .sentToApns()
        .map(({ device }) => device)
        .sort(),
    ).toEqual([apple('b'), apple('c')]);
    expect(await at.outbox()).toEqual([]);
  });

  test('not who has muted the conversation, until he unmutes it.', async () => {
    const room = await at.roomOf('ann', 'bob');
    await at.register('bob', 'fcm', 'bob-1');
    const bob = await at.user('bob');
    const mute = (notificationLevel: 'default' | 'muted') =>
      at.core.run(updateMembership, bob, {
        service: at.service,
        user: bob.user,
        conversation: room,
        notificationLevel,
      });
    await mute('muted');
    await at.send(room, 'ann', 'one');
    await at.push.idle();
    await mute('default');
    await at.send(room, 'ann', 'two');
    await at.push.idle();
    expect(at.sentToFcm().map(({ data }) => data['message_index'])).toEqual(['1']);
  });

  test('not who came after it.', async () => {
    await at.push.close();
    const room = await at.roomOf('ann', 'bob');
    await at.register('bob', 'fcm', 'bob-1');
    await at.register('cleo', 'fcm', 'cleo-1');
    await at.configure({ added: { enabled: false } });
    await at.send(room, 'ann', 'before');
    await at.core.run(addParticipant, at.account, { service: at.service, conversation: room, identity: 'cleo' });
    await at.restart();
    await at.push.idle();
    expect(fcmTokens()).toEqual(['bob-1']);
  });

  test('not a device that wants to hear of other things.', async () => {
    const room = await at.roomOf('ann', 'bob');
    await at.register('bob', 'fcm', 'all');
    await at.register('bob', 'fcm', 'some', { messageTypes: ['added_to_conversation'] });
    await at.send(room, 'ann', 'x');
    await at.push.idle();
    expect(fcmTokens()).toEqual(['all']);
  });

  test('nobody, when the message is gone by then.', async () => {
    await at.push.close();
    const room = await at.roomOf('ann', 'bob');
    await at.register('bob', 'fcm', 'bob-1');
    await at.send(room, 'ann', 'x');
    await at.core.run(removeMessage, at.account, { service: at.service, conversation: room, message: 0 });
    await at.restart();
    await at.push.idle();
    expect(fcmTokens()).toEqual([]);
    expect(await at.outbox()).toEqual([]);
  });

  test('all, of a message that no user wrote.', async () => {
    const room = await at.roomOf('ann');
    await at.register('ann', 'fcm', 'ann-1');
    await at.core.run(sendMessage, at.account, { service: at.service, conversation: room, body: 'x' });
    await at.push.idle();
    expect(at.sentToFcm()[0]?.data).toMatchObject({ twi_body: `${room}:system: x`, author: 'system' });
  });

  test('every one of many devices once, a page at a time, and the message itself leaves one piece of work.', async () => {
    await at.push.close();
    const people = Array.from({ length: 130 }, (_, n) => `user ${n}`);
    const room = await at.roomOf('ann', ...people);
    for (const identity of people) {
      await at.register(identity, 'fcm', `${identity.replace(' ', '-')}-a`);
      await at.register(identity, 'fcm', `${identity.replace(' ', '-')}-b`);
    }
    await at.send(room, 'ann', 'x');
    expect(await at.outbox()).toHaveLength(1);
    await at.restart();
    await at.push.idle();
    expect(fcmTokens()).toHaveLength(260);
    expect(new Set(fcmTokens()).size).toBe(260);
    expect(at.services.fcm.sessions).toHaveLength(1);
    expect(await at.outbox()).toEqual([]);
  });
});

describe('Who comes and goes', () => {
  const kinds = { added: on, removed: on };
  const makeAdmin = async (user: string, friendlyName?: string) => {
    const { items } = await listRoles(at.core.db, at.service, { limit: 9 });
    const role = items.find((one) => one.friendly_name === 'service admin')?.sid;
    await at.core.run(updateUser, at.account, { service: at.service, user, friendlyName, role });
  };
  const add = async (room: string, by: string | null, identity: string) =>
    at.core.run(addParticipant, by === null ? at.account : await at.user(by), {
      service: at.service,
      conversation: room,
      identity,
    });
  const remove = async (room: string, by: string | null, participant: string) =>
    at.core.run(removeParticipant, by === null ? at.account : await at.user(by), {
      service: at.service,
      conversation: room,
      participant,
    });

  test('is notified when a back end does it, and nobody else is.', async () => {
    await at.configure(kinds);
    const room = await at.roomOf('ann');
    await at.register('ann', 'fcm', 'ann-1');
    await at.register('bob', 'fcm', 'bob-1');
    await add(room, null, 'bob');
    await remove(room, null, 'bob');
    await at.push.idle();
    expect(at.sentToFcm().map(({ token, data }) => [token, data['twi_message_type'], data['twi_body']])).toEqual([
      [
        'bob-1',
        'twilio.conversations.added_to_conversation',
        `You have been added to the conversation ${room} by system`,
      ],
      [
        'bob-1',
        'twilio.conversations.removed_from_conversation',
        `system has removed you from the conversation ${room}`,
      ],
    ]);
  });

  test('is told who did it.', async () => {
    await at.configure({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of the contract
      removed: { enabled: true, template: '${PARTICIPANT} (${PARTICIPANT_SID})', sound: 'bye.wav' },
    });
    const room = await at.roomOf('bob');
    await at.register('bob', 'fcm', 'bob-1');
    const { sid } = await add(room, null, 'ann');
    await makeAdmin('ann', 'Ann A.');
    await remove(room, 'ann', 'bob');
    await at.push.idle();
    expect(at.sentToFcm()[0]?.data).toMatchObject({ twi_body: `Ann A. (${sid})`, twi_sound: 'bye.wav' });
  });

  test('is not notified of what he does himself, nor when the conversation is deleted.', async () => {
    await at.configure(kinds);
    const room = await at.roomOf('ann');
    await at.register('bob', 'fcm', 'bob-1');
    const bob = await at.user('bob');
    await makeAdmin('bob');
    await add(room, 'bob', 'bob');
    await at.core.run(removeParticipant, bob, { service: at.service, conversation: room, participant: 'bob' });
    await add(room, 'bob', 'bob');
    await at.core.run(deleteConversation, at.account, { service: at.service, conversation: room });
    await at.push.idle();
    expect(fcmTokens()).toEqual([]);
  });
});

describe('What is off', () => {
  test('leaves no work behind: a kind, a service that never set anything, a service without devices.', async () => {
    const room = await at.roomOf('ann', 'bob');
    await at.configure({ newMessage: on });
    await at.send(room, 'ann', 'no devices');
    await at.configure({ newMessage: { enabled: false }, withMedia: on });
    await at.register('bob', 'fcm', 'bob-1');
    await at.send(room, 'ann', 'text is off');
    await at.core.run(removeParticipant, at.account, {
      service: at.service,
      conversation: room,
      participant: 'bob',
    });
    await at.push.idle();
    expect(await at.outbox()).toEqual([]);
    expect(fcmTokens()).toEqual([]);
  });

  test('by the time of sending is not sent.', async () => {
    await at.push.close();
    await at.configure({ newMessage: on });
    const room = await at.roomOf('ann', 'bob');
    await at.register('bob', 'fcm', 'bob-1');
    await at.send(room, 'ann', 'x');
    await at.configure({ newMessage: { enabled: false } });
    await at.restart();
    await at.push.idle();
    expect(fcmTokens()).toEqual([]);
    expect(await at.outbox()).toEqual([]);
  });
});
