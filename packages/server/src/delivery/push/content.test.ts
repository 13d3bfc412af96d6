import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { updateConversation } from '../../core/conversations/actions.ts';
import { beginUpload, finishUpload } from '../../core/media/actions.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { updateMembership } from '../../core/participants/actions.ts';
import { updateUser } from '../../core/users/actions.ts';
import { openPushWorld, type PushWorld } from '../../testing/push-world.ts';

let at: PushWorld;
beforeEach(async () => {
  at = await openPushWorld();
});
afterEach(() => at.discard());

const on = { enabled: true };
const device = 'ab'.repeat(32);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What Bob is told when Ann writes. */
async function told(template: string, body = 'Hello'): Promise<string> {
  await at.configure({ newMessage: { enabled: true, template } });
  const room = await at.roomOf('ann', 'bob');
  await at.register('bob', 'fcm', 'bob-1');
  await at.core.run(updateConversation, at.account, {
    service: at.service,
    conversation: room,
    uniqueName: 'lunch',
    friendlyName: 'Lunch today',
  });
  await at.send(room, 'ann', body);
  await at.push.idle();
  return at.sentToFcm()[0]?.data['twi_body'] ?? '';
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: variables of the contract
describe('The text', () => {
  test('is made of the built-in template until there is another one.', async () => {
    expect(await told('')).toBe('lunch:ann: Hello');
  });

  test('has the names of the people and of the conversation.', async () => {
    await at.user('ann');
    await at.core.run(updateUser, at.account, { service: at.service, user: 'ann', friendlyName: 'Ann A.' });
    expect(
      await told('${PARTICIPANT} ${PARTICIPANT_IDENTITY} ${CONVERSATION} ${CONVERSATION_FRIENDLY_NAME} ${MEDIA_COUNT}'),
    ).toBe('Ann A. Ann A. lunch Lunch today 0');
  });

  test('leaves what is no variable as it is, and does not fill in what people wrote.', async () => {
    expect(await told('${NOBODY} $MESSAGE ${message} ${MESSAGE}', '${CONVERSATION_SID}')).toBe(
      '${NOBODY} $MESSAGE ${message} ${CONVERSATION_SID}',
    );
  });

  test('is cut to 178 characters, and no character is cut in two.', async () => {
    expect(await told('${MESSAGE}', `${'x'.repeat(177)}😀😀`)).toBe(`${'x'.repeat(177)}😀`);
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: see above

describe('A notice', () => {
  test('for FCM is data that the SDKs of the contract understand, all of it text.', async () => {
    await at.configure({ newMessage: { ...on, sound: 'ding.wav', badgeCountEnabled: true } });
    const room = await at.roomOf('ann', 'bob');
    await at.register('bob', 'fcm', 'bob-1');
    await at.send(room, 'ann', 'Hello');
    await at.push.idle();
    const message = await at.core.db.sql.selectFrom('messages').selectAll().executeTakeFirstOrThrow();
    const [request] = at.services.fcm.received;
    expect(request?.path).toBe('/v1/projects/colloquy-test/messages:send');
    expect(request?.body).toEqual({
      message: {
        token: 'bob-1',
        data: {
          twi_message_type: 'twilio.conversations.new_message',
          twi_message_id: expect.stringMatching(uuid),
          twi_body: `${room}:ann: Hello`,
          twi_sound: 'ding.wav',
          conversation_sid: room,
          conversation_title: room,
          message_sid: message.sid,
          message_index: '0',
          author: 'ann',
        },
        android: { priority: 'HIGH', ttl: '86400s' },
        webpush: { headers: { Urgency: 'high', TTL: '86400' } },
      },
    });
  });

  test('for APNs is shown by the system, with the same data beside.', async () => {
    await at.configure({ newMessage: { ...on, sound: 'ding.caf', badgeCountEnabled: true } });
    const room = await at.roomOf('ann', 'bob');
    await at.register('bob', 'apn', device.toUpperCase());
    await at.send(room, 'ann', 'Hello');
    await at.push.idle();
    const [sent] = at.sentToApns();
    expect(sent?.device).toBe(device);
    expect(sent?.headers).toMatchObject({
      'apns-topic': 'com.example.chat',
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-id': expect.stringMatching(uuid),
      'apns-collapse-id': expect.stringMatching(/^[0-9a-f]{64}$/),
      'apns-expiration': String(at.clock.now() / 1000 + 86_400),
    });
    expect(sent?.body).toMatchObject({
      aps: { alert: { body: `${room}:ann: Hello` }, sound: 'ding.caf', badge: 1, 'thread-id': room },
      twi_message_type: 'twilio.conversations.new_message',
      conversation_sid: room,
      message_index: '0',
    });
  });

  test('without sound and badge has none.', async () => {
    await at.configure({ newMessage: on });
    const room = await at.roomOf('ann', 'bob');
    await at.register('bob', 'apn', device);
    await at.send(room, 'ann', 'Hello');
    await at.push.idle();
    expect(Object.keys(at.sentToApns()[0]?.body.aps).sort()).toEqual(['alert', 'mutable-content', 'thread-id']);
  });

  test('has a title: the friendly name of the conversation, or what else it is called.', async () => {
    await at.configure({ newMessage: on });
    const room = await at.roomOf('ann', 'bob');
    await at.register('bob', 'fcm', 'bob-1');
    const rename = (names: { uniqueName?: string; friendlyName?: string }) =>
      at.core.run(updateConversation, at.account, { service: at.service, conversation: room, ...names });
    await rename({ uniqueName: 'unique' });
    await at.send(room, 'ann', 'x');
    await at.push.idle();
    await rename({ friendlyName: 'Friendly' });
    await at.send(room, 'ann', 'y');
    await at.push.idle();
    expect(at.sentToFcm().map(({ data }) => data['conversation_title'])).toEqual(['unique', 'Friendly']);
  });
});

describe('The badge', () => {
  test('counts the conversations with something unread, also those never read in.', async () => {
    await at.configure({ newMessage: { ...on, badgeCountEnabled: true } });
    const rooms = [await at.roomOf('ann', 'bob'), await at.roomOf('ann', 'bob'), await at.roomOf('ann', 'bob')];
    await at.roomOf('bob');
    for (const room of rooms) await at.send(room, 'ann', 'x');
    const [read = '', partly = ''] = rooms;
    await at.send(partly, 'ann', 'y');
    const bob = await at.user('bob');
    for (const conversation of [read, partly]) {
      const index = 0;
      await at.core.run(updateMembership, bob, {
        service: at.service,
        user: bob.user,
        conversation,
        read: { mode: 'set', index },
      });
    }
    await at.push.idle();
    await at.register('bob', 'apn', device);
    await at.send(partly, 'ann', 'z');
    await at.push.idle();
    expect(at.sentToApns().map(({ body }) => body.aps.badge)).toEqual([2]);
  });
});

describe('A message with files', () => {
  const upload = async (category: 'media' | 'body', filename: string | null) => {
    const { sid } = await at.core.run(beginUpload, at.account, {});
    const contentType = category === 'media' ? 'image/jpeg' : 'text/plain';
    const file = { sid, service: at.service, category, filename, contentType, size: 7 };
    await at.core.run(finishUpload, at.account, file);
    return sid;
  };
  const send = async (...media: string[]) => {
    const room = await at.roomOf('ann', 'bob');
    await at.register('bob', 'fcm', 'bob-1');
    const { service } = at;
    await at.core.run(sendMessage, at.account, { service, conversation: room, author: 'ann', body: 'Look', media });
    await at.push.idle();
    return { room, data: at.sentToFcm().map((sent) => sent.data) };
  };

  test('is a kind of its own, which names the first that has a name.', async () => {
    await at.configure({ withMedia: on });
    const first = await upload('media', null);
    const { room, data } = await send(first, await upload('media', 'cat.jpg'));
    expect(data).toEqual([
      expect.objectContaining({
        twi_body: `You have a new message in ${room} with 2 media files: cat.jpg`,
        media_count: '2',
        media: JSON.stringify({ sid: first, filename: null, content_type: 'image/jpeg', size: 7 }),
      }),
    ]);
  });

  test('is not notified of when only messages without files are.', async () => {
    await at.configure({ newMessage: on });
    expect((await send(await upload('media', 'cat.jpg'))).data).toEqual([]);
    expect(await at.outbox()).toEqual([]);
  });

  test('is no such thing when the files are parts of an e-mail.', async () => {
    await at.configure({ newMessage: on });
    const { room, data } = await send(await upload('body', null));
    expect(data.map((one) => one['twi_body'])).toEqual([`${room}:ann: Look`]);
    expect(data[0]).not.toHaveProperty('media_count');
  });
});
