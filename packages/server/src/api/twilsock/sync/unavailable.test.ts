import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendMessage } from '../../../core/messages/actions.ts';
import { StorageUnavailable } from '../../../storage/connection.ts';
import { type OpenRealtime, openRealtime } from '../../../testing/open-realtime.ts';
import type { RawTwilsock } from '../../../testing/raw-twilsock.ts';

let at: OpenRealtime;
beforeAll(async () => {
  at = await openRealtime();
});
afterAll(() => at.discard());

test('Where the database fails while a client subscribes, nothing of that is kept, and the client asks again.', async () => {
  const conversation = await at.roomOf('ann', 'ben');
  const ann = await at.twilsock('ann');
  const stranger = await at.twilsock('stranger');
  const objects = [
    [conversation.replace('CH', 'MP'), 'map'],
    [conversation.replace('CH', 'ES'), 'list'],
  ];
  const establish = (client: RawTwilsock) =>
    client.request('POST', '/v4/Subscriptions', {
      event_protocol_version: 4,
      action: 'establish',
      correlation_id: 99,
      requests: objects.map(([object_sid, object_type]) => ({ object_sid, object_type, last_event_id: 0 })),
    });
  const { db } = at.core;
  Object.defineProperty(db, 'first', {
    configurable: true,
    value: () => Promise.reject(new StorageUnavailable('The database is away.')),
  });
  for (const client of [ann, stranger]) expect((await establish(client)).status).toBe(503);
  Reflect.deleteProperty(db, 'first');
  expect(at.hub.audience(conversation).get((await at.user('stranger')).user)).toBeUndefined();
  const typing = { type: 'typing', conversation, participant: `MB${'1'.repeat(32)}` } as const;
  const type = () => at.bus.signal({ ...typing, identity: 'ben', user: 'ben' });
  type();
  await at.core.run(sendMessage, at.account, { service: at.service, conversation, body: 'hello' });
  expect((await establish(ann)).status).toBe(200);
  type();
  const kind = 'twilio.ipmsg.typing_indicator';
  await ann.until(() => ann.notifications(kind).length > 0);
  await stranger.request('GET', '/Client/v2/Configuration');
  expect([ann.notifications(kind).length, stranger.notifications(kind).length]).toEqual([1, 0]);
});
