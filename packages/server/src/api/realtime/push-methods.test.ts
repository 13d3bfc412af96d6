import type { PushMessageType, PushType, UserResource } from '@colloquy/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deleteBinding, hasPushBinding } from '../../core/push/bindings.ts';
import { createCredential, deleteCredential } from '../../core/push/credentials.ts';
import { createService, updateServiceConfiguration } from '../../core/services/actions.ts';
import { deleteUser } from '../../core/users/actions.ts';
import { type OpenRealtime, openRealtime, testKeys } from '../../testing/open-realtime.ts';
import type { RawClient } from '../../testing/raw-client.ts';
import { makeToken } from '../tokens.ts';

let at: OpenRealtime;
/** SIDs, by type. */
const credentials: Record<string, string> = {};
beforeEach(async () => {
  at = await openRealtime();
  for (const type of ['apn', 'fcm', 'gcm'] as const) {
    credentials[type] = (await at.core.run(createCredential, at.account, { type, secret: 'sealed' })).sid;
  }
});
afterEach(() => at.discard());

const device = 'ab'.repeat(32);

async function connect(identity: string, pushCredential?: string, service: string = at.service): Promise<RawClient> {
  const client = await at.socket();
  const grant = { identity, service, ...(pushCredential !== undefined && { pushCredential }) };
  client.connected = await client.call('connect', { token: await makeToken(testKeys, grant, at.clock.now()) });
  return client;
}
const devices = () =>
  at.core.db.sql
    .selectFrom('push_bindings')
    .select(['sid', 'identity', 'binding_type', 'endpoint', 'credential_sid', 'message_types'])
    .orderBy('sid')
    .execute();

describe('A device', () => {
  test('is registered with the credential that the token grants, for all that there is to be told.', async () => {
    const ann = await connect('ann', credentials['fcm']);
    const { sid } = await ann.call('push.register', { type: 'fcm', token: 'device:1' });
    expect(await devices()).toEqual([
      {
        sid,
        identity: 'ann',
        binding_type: 'fcm',
        endpoint: 'device:1',
        credential_sid: credentials['fcm'],
        message_types: '["new_message","added_to_conversation","removed_from_conversation"]',
      },
    ]);
    expect(await hasPushBinding(at.core.db, ann.connected?.user.sid ?? '')).toBe(true);
  });

  test('that is registered again stays the same binding, with what was said last.', async () => {
    const ann = await connect('ann', credentials['apn']);
    const first = await ann.call('push.register', { type: 'apn', token: device });
    at.clock.advance(1000);
    const messageTypes: PushMessageType[] = ['removed_from_conversation', 'new_message', 'new_message'];
    const second = await ann.call('push.register', { type: 'apn', token: device.toUpperCase(), messageTypes });
    expect(second).toEqual(first);
    const [row, ...more] = await at.core.db.sql.selectFrom('push_bindings').selectAll().execute();
    expect(more).toEqual([]);
    expect(row?.message_types).toBe('["new_message","removed_from_conversation"]');
    expect((row?.date_updated ?? 0) - (row?.date_created ?? 0)).toBe(1000);
  });

  test('belongs to whoever registered it last.', async () => {
    const ann = await connect('ann', credentials['fcm']);
    const bob = await connect('bob', credentials['fcm']);
    await ann.call('push.register', { type: 'fcm', token: 'shared' });
    const { sid } = await bob.call('push.register', { type: 'fcm', token: 'shared' });
    expect(await devices()).toMatchObject([{ sid, identity: 'bob' }]);
    expect(await hasPushBinding(at.core.db, ann.connected?.user.sid ?? '')).toBe(false);
    await ann.call('push.unregister', { type: 'fcm', token: 'shared' });
    expect(await devices()).toHaveLength(1);
    await bob.call('push.unregister', { type: 'fcm', token: 'shared' });
    expect(await devices()).toEqual([]);
    expect(await bob.call('push.unregister', { type: 'fcm', token: 'shared' })).toEqual({});
  });

  test('is another one in another service and at another push service.', async () => {
    const { sid: service } = await at.core.run(createService, at.account, { friendlyName: 'other' });
    for (const [type, where] of [
      ['fcm', at.service],
      ['fcm', service],
      ['gcm', service],
    ] as const) {
      const ann = await connect('ann', credentials[type], where);
      await ann.call('push.register', { type, token: 'same' });
    }
    expect(await devices()).toHaveLength(3);
  });

  test('more than twenty takes the place of the one registered longest ago.', async () => {
    const ann = await connect('ann', credentials['fcm']);
    const register = async (n: number) => {
      at.clock.advance(1000);
      await ann.call('push.register', { type: 'fcm', token: `device-${n}` });
    };
    for (let n = 0; n < 20; n += 1) await register(n);
    await register(0);
    await register(20);
    const tokens = (await devices()).map(({ endpoint }) => endpoint);
    expect(tokens).toHaveLength(20);
    expect(tokens).toEqual(expect.arrayContaining(['device-0', 'device-20']));
    expect(tokens).not.toContain('device-1');
  });

  test('goes with its user.', async () => {
    const ann = await connect('ann', credentials['fcm']);
    await ann.call('push.register', { type: 'fcm', token: 'x' });
    await at.core.run(deleteUser, at.account, { service: at.service, user: 'ann' });
    expect(await devices()).toEqual([]);
  });

  test('takes a token that is renewed with another credential into account.', async () => {
    const ann = await connect('ann', credentials['gcm']);
    const grant = { identity: 'ann', service: at.service, pushCredential: credentials['fcm'] ?? '', lifetime: 1800 };
    await ann.call('token.update', { token: await makeToken(testKeys, grant, at.clock.now()) });
    await ann.call('push.register', { type: 'fcm', token: 'x' });
    expect(await devices()).toMatchObject([{ credential_sid: credentials['fcm'] }]);
  });
});

test('Who watches a user is told when he can be notified, and when no more.', async () => {
  await at.core.run(updateServiceConfiguration, at.account, { service: at.service, reachabilityEnabled: true });
  const bob = await connect('bob', credentials['fcm']);
  const watcher = await connect('ann');
  await watcher.call('users.subscribe', { users: ['bob'] });
  const told = () =>
    watcher.notifications.flatMap(({ method, params }) =>
      method === 'user' ? [(params as unknown as { user: UserResource }).user.isNotifiable] : [],
    );
  const notifiable = (expected: boolean) => watcher.until(() => told().at(-1) === expected);
  const { sid } = await bob.call('push.register', { type: 'fcm', token: 'x' });
  await notifiable(true);
  await at.core.run(deleteBinding, at.account, { service: at.service, binding: sid });
  await notifiable(false);
  await bob.call('push.register', { type: 'fcm', token: 'x' });
  await notifiable(true);
  await bob.call('push.unregister', { type: 'fcm', token: 'x' });
  await notifiable(false);
  await bob.call('push.register', { type: 'fcm', token: 'x' });
  await notifiable(true);
  await at.core.run(deleteCredential, at.account, { credential: credentials['fcm'] ?? '' });
  await notifiable(false);
});

describe('A registration is refused', () => {
  const refused = (client: RawClient, type: PushType, token: string) =>
    client.call('push.register', { type, token }).then(
      () => 0,
      (error: { code: number }) => error.code,
    );

  test('without a credential that is there and of that type.', async () => {
    expect(await refused(await connect('ann'), 'fcm', 'x')).toBe(20422);
    expect(await refused(await connect('ann', `CR${'0'.repeat(32)}`), 'fcm', 'x')).toBe(20422);
    expect(await refused(await connect('ann', credentials['apn']), 'fcm', 'x')).toBe(50209);
    const late = await connect('ann', credentials['fcm']);
    await at.core.run(deleteCredential, at.account, { credential: credentials['fcm'] ?? '' });
    expect(await refused(late, 'fcm', 'x')).toBe(20422);
    expect(await devices()).toEqual([]);
  });

  test.each([
    ['apn', 'not hexadecimal!', 20422],
    ['apn', 'abc', 20422],
    ['fcm', 'two words', 20422],
    ['fcm', 'ünïcode', 20422],
    ['fcm', '', -32602],
    ['pager' as 'fcm', 'x', -32602],
  ] as const)('of %s with the token %j', async (type, token, code) => {
    expect(await refused(await connect('ann', credentials[type]), type, token)).toBe(code);
  });

  test('with a token that is longer than any.', async () => {
    expect(await refused(await connect('ann', credentials['apn']), 'apn', 'ab'.repeat(129))).toBe(20422);
    expect(await refused(await connect('ann', credentials['fcm']), 'fcm', 'x'.repeat(2049))).toBe(20422);
    expect(await refused(await connect('ann', credentials['fcm']), 'fcm', 'x'.repeat(4097))).toBe(-32602);
  });

  test('when the grant is no SID: the whole token is refused.', async () => {
    await expect(connect('ann', 'CR1')).rejects.toMatchObject({ code: 20106 });
  });

  test('when it wants to hear of nothing, or of what there is not.', async () => {
    const ann = await connect('ann', credentials['fcm']);
    for (const messageTypes of [[], ['typing']] as unknown as PushMessageType[][]) {
      const asked = ann.call('push.register', { type: 'fcm', token: 'x', messageTypes });
      await expect(asked).rejects.toMatchObject({ code: -32602 });
    }
  });
});
