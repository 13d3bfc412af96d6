import { describe, expect, it } from 'vitest';
import { Client } from '../client.ts';
import { Media } from '../media/media.ts';
import { connected } from '../testing/start.ts';
import { NotificationTypes, PushNotification } from './push-notification.ts';

const media = { sid: `ME${'1'.repeat(32)}`, filename: 'cat.png', content_type: 'image/png', size: 5 };
const data = {
  twi_message_type: 'twilio.conversations.new_message',
  twi_message_id: 'id',
  twi_body: 'Ann: look',
  twi_sound: 'ding',
  conversation_sid: `CH${'1'.repeat(32)}`,
  conversation_title: 'Lunch',
  message_sid: `IM${'1'.repeat(32)}`,
  message_index: '7',
  author: 'ann',
  media_count: '2',
  media: JSON.stringify(media),
};
const parsedData = {
  conversationSid: data.conversation_sid,
  conversationTitle: 'Lunch',
  messageSid: data.message_sid,
  messageIndex: 7,
  mediaCount: 2,
};

describe('parsePushNotification', () => {
  it('reads what FCM brings', () => {
    const notification = Client.parsePushNotification({ data, from: '1' });
    expect(notification).toBeInstanceOf(PushNotification);
    const { data: found, ...rest } = notification;
    expect(rest).toEqual({
      title: null,
      body: 'Ann: look',
      sound: 'ding',
      badge: null,
      action: null,
      type: NotificationTypes.NEW_MESSAGE,
    });
    expect(found).toMatchObject(parsedData);
    const { media: file } = found;
    expect(file).toBeInstanceOf(Media);
    expect([file?.sid, file?.filename, file?.contentType, file?.size, file?.category]).toEqual([
      media.sid,
      'cat.png',
      'image/png',
      5,
      'media',
    ]);
  });

  it('reads what APNs brings', () => {
    const aps = { alert: { title: 'Lunch', body: 'Ann: look' }, sound: 'ding', badge: 0, category: 'reply' };
    const notification = Client.parsePushNotification({ aps, ...data });
    expect(notification).toMatchObject({
      title: 'Lunch',
      body: 'Ann: look',
      sound: 'ding',
      badge: 0,
      action: 'reply',
      type: data.twi_message_type,
      data: parsedData,
    });
    expect(Client.parsePushNotification({ aps: { alert: 'Look' }, ...data }).body).toBe('Look');
  });

  it('does without what had no room, or cannot be read', () => {
    const { conversation_title: _title, message_index: _index, ...some } = data;
    const parsed = Client.parsePushNotification({ data: { ...some, media: '{', media_count: undefined } });
    expect(parsed.data).toEqual({ conversationSid: data.conversation_sid, messageSid: data.message_sid });
  });

  it.each([[undefined], [null], ['text'], [{}], [{ data: { hello: 1 } }], [{ aps: { alert: 'News' } }]])(
    'refuses %j, which is none',
    (payload) => {
      expect(() => Client.parsePushNotification(payload)).toThrow(
        expect.objectContaining({ name: 'ColloquyError', code: 20422 }),
      );
    },
  );
});

describe('a client that is given a push notification', () => {
  it('emits it, and can open its file', async () => {
    const { client, server } = await connected();
    server.upload('bob', { sid: media.sid });
    const seen: PushNotification[] = [];
    client.on('pushNotification', (notification) => seen.push(notification));
    await client.handlePushNotification({ data });
    expect(seen).toMatchObject([{ body: 'Ann: look', data: parsedData }]);
    expect(await seen[0]?.data.media?.getContentTemporaryUrl()).toContain(media.sid);
  });

  it('says what is wrong with it', async () => {
    const { client } = await connected();
    await expect(client.handlePushNotification({})).rejects.toMatchObject({ code: 20422 });
    expect(client.parsePushNotification({ data }).body).toBe('Ann: look');
  });

  it('has no address for a file that was read without a client', async () => {
    const { data: found } = Client.parsePushNotification({ data });
    expect(await found.media?.getContentTemporaryUrl()).toBeNull();
  });
});
