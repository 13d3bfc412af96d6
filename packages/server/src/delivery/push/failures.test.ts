import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pushAgain } from '../../core/push/settle.ts';
import type { Reply } from '../../testing/push-services.ts';
import { openPushWorld, type PushWorld } from '../../testing/push-world.ts';
import { maxAttempts } from '../backoff.ts';
import { keptTrying } from './pushes.ts';

let at: PushWorld;
let room: string;
beforeEach(async () => {
  at = await openPushWorld();
  await at.configure({ newMessage: { enabled: true } });
  room = await at.roomOf('ann', 'bob', 'cleo');
});
afterEach(() => at.discard());

const device = 'ab'.repeat(32);
const minute = 60_000;

const fcmError = (status: number, errorCode: string, headers = {}): Reply => ({
  status,
  headers,
  body: { error: { code: status, status: 'X', message: 'x', details: [{ '@type': 'x', errorCode }] } },
});
const apnsError = (status: number, reason: string, timestamp?: number): Reply => ({
  status,
  body: { reason, ...(timestamp !== undefined && { timestamp }) },
});
const devices = async () => {
  const rows = await at.core.db.sql.selectFrom('push_bindings').select('endpoint').orderBy('sid').execute();
  return rows.map((row) => row.endpoint);
};
const errors = async () =>
  (await at.outbox()).map(({ state, last_error }) => [state, JSON.parse(last_error ?? 'null')?.code]);
const fcmTokens = () => at.sentToFcm().map(({ token }) => token);
const say = async (body = 'x') => {
  await at.send(room, 'ann', body);
  await at.push.idle();
};

describe('A push service that is out of order', () => {
  test('is tried again as late as it asked, for the devices that it did not take, with the same ids.', async () => {
    await at.register('bob', 'fcm', 'bob-1');
    await at.register('cleo', 'fcm', 'cleo-1');
    at.services.fcm.devices.set('cleo-1', fcmError(503, 'UNAVAILABLE', { 'retry-after': '90' }));
    await say();
    expect(await errors()).toEqual([['pending', 'UNAVAILABLE']]);
    at.services.fcm.devices.clear();
    at.clock.advance(89_000);
    await at.push.idle();
    expect(fcmTokens().sort()).toEqual(['bob-1', 'cleo-1']);
    at.clock.advance(1000);
    await at.push.idle();
    expect(fcmTokens().slice(2)).toEqual(['cleo-1']);
    const ids = at.sentToFcm().flatMap(({ token, data }) => (token === 'cleo-1' ? [data['twi_message_id']] : []));
    expect(new Set(ids).size).toBe(1);
    expect(await at.outbox()).toEqual([]);
  });

  test('is given up after twelve attempts, and the dead letter can be sent again.', async () => {
    await at.register('bob', 'apn', device);
    at.services.apns.devices.set(device, apnsError(503, 'ServiceUnavailable'));
    await say();
    for (let attempt = 1; attempt < maxAttempts; attempt += 1) {
      at.clock.advance(15 * minute);
      await at.push.idle();
    }
    expect(at.sentToApns()).toHaveLength(maxAttempts);
    expect(new Set(at.sentToApns().map(({ headers }) => headers['apns-id'])).size).toBe(1);
    expect(await errors()).toEqual([['dead', 'ServiceUnavailable']]);

    at.services.apns.devices.clear();
    at.clock.advance(24 * 60 * minute);
    const [letter] = await at.outbox();
    await at.core.run(pushAgain, at.account, { id: letter?.id ?? '' });
    await at.push.idle();
    expect(at.sentToApns()).toHaveLength(maxAttempts + 1);
    expect(await at.outbox()).toEqual([]);
  });

  test('holds up no later message to others.', async () => {
    await at.register('bob', 'apn', device);
    await at.register('cleo', 'fcm', 'cleo-1');
    at.services.apns.devices.set(device, apnsError(500, 'InternalServerError'));
    await say('one');
    await say('two');
    expect(fcmTokens()).toEqual(['cleo-1', 'cleo-1']);
    expect(await at.outbox()).toHaveLength(2);
  });

  test('is left alone as long as it asks, by messages that come meanwhile, too.', async () => {
    await at.register('bob', 'fcm', 'bob-1');
    at.services.fcm.replies.push(fcmError(429, 'QUOTA_EXCEEDED', { 'retry-after': '120' }));
    await say('one');
    await say('two');
    expect(at.services.fcm.received).toHaveLength(1);
    expect(await errors()).toEqual([
      ['pending', 'QUOTA_EXCEEDED'],
      ['pending', 'waiting'],
    ]);
    at.clock.advance(120_000);
    await at.push.idle();
    const indexes = at.sentToFcm().map(({ data }) => data['message_index']);
    expect(indexes.sort()).toEqual(['0', '0', '1']);
  });

  test('says that one device gets too much: the others of that credential get theirs.', async () => {
    await at.register('bob', 'apn', device);
    await at.register('cleo', 'apn', 'cd'.repeat(32));
    at.services.apns.devices.set(device, { ...apnsError(429, 'TooManyRequests'), headers: { 'retry-after': '300' } });
    await say('one');
    await say('two');
    expect(at.sentToApns()).toHaveLength(4);
  });

  test('is not waited for longer than six hours.', async () => {
    await at.push.close();
    await at.register('bob', 'fcm', 'bob-1');
    await at.send(room, 'ann', 'old');
    at.clock.advance(keptTrying);
    await at.send(room, 'ann', 'new');
    await at.restart();
    await at.push.idle();
    expect(at.sentToFcm().map(({ data }) => data['message_index'])).toEqual(['1']);
    expect(await at.outbox()).toEqual([]);
  });
});

describe('A device that is gone', () => {
  test('is forgotten, however the push service says so.', async () => {
    const field = 'message.token';
    const wrongToken = { error: { code: 400, details: [{ fieldViolations: [{ field, description: 'x' }] }] } };
    const gone: ['fcm' | 'apn', string, Reply][] = [
      ['fcm', 'bob-1', fcmError(404, 'UNREGISTERED')],
      ['fcm', 'bob-2', { status: 400, body: wrongToken }],
      ['apn', 'b1'.repeat(32), apnsError(400, 'BadDeviceToken')],
      ['apn', 'b2'.repeat(32), apnsError(410, 'Unregistered', at.clock.now())],
      ['apn', 'b3'.repeat(32), apnsError(410, 'ExpiredToken')],
    ];
    for (const [type, token, reply] of gone) {
      await at.register('bob', type, token);
      at.services[type === 'apn' ? 'apns' : 'fcm'].devices.set(token, reply);
    }
    await at.register('cleo', 'fcm', 'cleo-1');
    await say();
    expect(at.sentToFcm().length + at.sentToApns().length).toBe(6);
    expect(await devices()).toEqual(['cleo-1']);
    expect(await at.outbox()).toEqual([]);
  });

  test('stays when it was registered anew since Apple saw it go.', async () => {
    await at.register('bob', 'apn', device);
    at.services.apns.devices.set(device, apnsError(410, 'Unregistered', at.clock.now() - 1));
    await say();
    expect(await devices()).toEqual([device]);
    expect(await at.outbox()).toEqual([]);
  });
});

describe('What a push service refuses', () => {
  test('becomes a dead letter, and the device stays.', async () => {
    const refusals: ['fcm' | 'apn', Reply, string][] = [
      ['fcm', { status: 404, body: { error: { status: 'NOT_FOUND' } } }, 'NOT_FOUND'],
      ['fcm', { status: 404 }, 'HTTP 404'],
      ['fcm', fcmError(403, 'SENDER_ID_MISMATCH'), 'SENDER_ID_MISMATCH'],
      ['fcm', fcmError(400, 'INVALID_ARGUMENT'), 'INVALID_ARGUMENT'],
      ['fcm', fcmError(401, 'THIRD_PARTY_AUTH_ERROR'), 'THIRD_PARTY_AUTH_ERROR'],
      ['apn', apnsError(400, 'DeviceTokenNotForTopic'), 'DeviceTokenNotForTopic'],
      ['apn', apnsError(403, 'BadCertificate'), 'BadCertificate'],
      ['apn', apnsError(413, 'PayloadTooLarge'), 'PayloadTooLarge'],
    ];
    await at.register('bob', 'fcm', 'bob-1');
    await at.register('bob', 'apn', device);
    const codes: string[] = [];
    for (const [type, reply, code] of refusals) {
      const service = at.services[type === 'apn' ? 'apns' : 'fcm'];
      const token = type === 'apn' ? device : 'bob-1';
      service.devices.set(token, reply);
      await say(code);
      service.devices.clear();
      codes.push(code);
      expect((await errors()).sort()).toEqual(codes.map((one) => ['dead', one]).sort());
    }
    expect(await devices()).toEqual(['bob-1', device]);
  });

  test('is one letter for all devices of a credential.', async () => {
    await at.register('bob', 'gcm', 'bob-1');
    await at.register('cleo', 'gcm', 'cleo-1');
    await at.register('cleo', 'fcm', 'cleo-2');
    await say();
    expect(await errors()).toEqual([['dead', 'gcm-ended']]);
    const [letter] = await at.outbox();
    expect(JSON.parse(letter?.payload ?? '').targets).toHaveLength(2);
    expect(letter?.last_error).toContain('Google has ended GCM');
    expect(fcmTokens()).toEqual(['cleo-2']);
  });
});
