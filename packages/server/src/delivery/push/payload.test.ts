import { expect, test } from 'vitest';
import type { PushNotice } from '../../core/push/compose.ts';
import { apnsBody, fcmBody } from './payload.ts';

const long = '漢'.repeat(256);
const notice: PushNotice = {
  id: 'push:1',
  kind: 'new_message',
  conversation: `CH${'1'.repeat(32)}`,
  conversationTitle: long,
  message: { sid: `IM${'1'.repeat(32)}`, index: 7, author: long },
  media: [{ sid: `ME${'1'.repeat(32)}`, category: 'media', filename: long, contentType: 'image/png', size: 1 }],
  text: '😀'.repeat(178),
  sound: 'ding',
  badge: true,
  logged: false,
};
const push = { notice, device: 'd', id: '0', badge: 1 };

test('What is too much for a push service is sent without what the app can do without.', () => {
  const apns = JSON.parse(apnsBody(push));
  expect(Buffer.byteLength(apnsBody(push))).toBeLessThanOrEqual(4096);
  expect(apns).toMatchObject({ aps: { alert: { body: notice.text } }, twi_body: notice.text, message_index: '7' });
  expect(apns).toHaveProperty('conversation_title');
  expect(apns).not.toHaveProperty('media');
  const { data } = JSON.parse(fcmBody(push)).message;
  expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThanOrEqual(4096);
  expect(data).toMatchObject({ twi_body: notice.text, conversation_title: long, author: long });
});

test('What fits is sent whole.', () => {
  const small = { ...push, notice: { ...notice, conversationTitle: 'Lunch', text: 'Hello' } };
  for (const data of [JSON.parse(apnsBody(small)), JSON.parse(fcmBody(small)).message.data]) {
    expect(data).toMatchObject({ conversation_title: 'Lunch', author: long, media: expect.stringContaining(long) });
  }
});

test('Nothing that an app needs is left out, however long the text may be.', () => {
  const huge = { ...push, notice: { ...notice, text: '漢'.repeat(1024) } };
  const data = JSON.parse(apnsBody(huge));
  expect(Object.keys(data).sort()).toEqual(
    [
      'aps',
      'conversation_sid',
      'media_count',
      'message_index',
      'message_sid',
      'twi_body',
      'twi_message_id',
      'twi_message_type',
      'twi_sound',
    ].sort(),
  );
});
