import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sid, UserResource } from '@colloquy/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Presence } from '../../delivery/realtime/presence.ts';
import { createServer } from '../../server.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { authorization, type OpenRest, openRest } from '../../testing/open-rest.ts';
import { RawClient } from '../../testing/raw-client.ts';
import { makeToken } from '../tokens.ts';

let at: OpenRest;
let address: string;
let service: Sid<'IS'>;
const clients: RawClient[] = [];
beforeEach(async () => {
  at = await openRest({ publicUrl: null });
  address = (await at.server.listen()).url.replace('http', 'ws');
  service = (await at.get('/v1/Configuration')).default_chat_service_sid;
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.cut();
  await at.discard();
});

async function connect(identity: string): Promise<RawClient> {
  const client = await RawClient.open(address);
  clients.push(client);
  const token = await makeToken(at.config.credentials, { identity, service }, at.clock.now());
  client.connected = await client.call('connect', { token });
  return client;
}

const turn = (enabled: boolean) =>
  at.post(`/v1/Services/${service}/Configuration`, { ReachabilityEnabled: String(enabled) });
const reachability = async (identity: string) => {
  const { is_online, is_notifiable } = await at.get(`/v1/Users/${identity}`);
  return [is_online, is_notifiable];
};
const presences = () => at.server.core.db.sql.selectFrom('presences').selectAll().execute();

/** What a client was told of a user, each time. */
function toldOf(client: RawClient, identity: string): [online: boolean | null, name: string | null][] {
  const users = client.notifications.filter(({ method }) => method === 'user').map(({ params }) => params);
  return (users as unknown as { user: UserResource }[])
    .filter(({ user }) => user.identity === identity)
    .map(({ user }) => [user.isOnline, user.friendlyName]);
}

/** Resolves when the server has seen the connection end: then it begins to wait for the user to come back. */
function leaves(client: RawClient): Promise<void> {
  const { clock } = at;
  const { exit } = Presence.prototype;
  return new Promise((resolve) => {
    Presence.prototype.exit = function (connection) {
      const schedule = clock.at;
      let waits = false;
      clock.at = (time, task) => {
        waits = true;
        return schedule.call(clock, time, task);
      };
      exit.call(this, connection);
      clock.at = schedule;
      // Not for one of his connections that ended before.
      if (!waits) return;
      Presence.prototype.exit = exit;
      resolve();
    };
    client.cut();
  });
}

test('Where it is off nothing is told, and nothing is written down.', async () => {
  const ben = await connect('ben');
  const { items } = await ben.call('users.subscribe', { users: ['ben'] });
  expect(items[0]).toMatchObject({ isOnline: null, isNotifiable: null });
  expect(ben.connected?.user).toMatchObject({ isOnline: null, isNotifiable: null });
  expect(await reachability('ben')).toEqual([null, null]);
  expect(await presences()).toEqual([]);
});

test('Where it is on, a user who connects is online at once for REST and for who watches him, but not in lists.', async () => {
  await turn(true);
  await at.post('/v1/Users', { Identity: 'ann' });
  expect(await reachability('ann')).toEqual([null, null]);
  const ben = await connect('ben');
  await ben.call('users.subscribe', { users: ['ann'] });
  const before = await at.eventsOf(async () => {
    const ann = await connect('ann');
    expect(ann.connected?.user).toMatchObject({ isOnline: true, isNotifiable: false });
    expect(await reachability('ann')).toEqual([true, false]);
    await ben.until(() => toldOf(ben, 'ann').length > 0);
  });
  // It is no change of the user: nothing for the log, and nothing for webhooks.
  expect(before).toEqual([]);
  expect(toldOf(ben, 'ann')).toEqual([[true, null]]);
  expect(await ben.call('users.get', { user: 'ann' })).toMatchObject({ isOnline: true });
  const { users } = await at.get('/v1/Users');
  for (const user of users) expect(user).toMatchObject({ is_online: null, is_notifiable: null });
  expect(await at.post('/v1/Users/ann', { FriendlyName: 'Ann' })).toMatchObject({ is_online: true });
  await ben.until(() => toldOf(ben, 'ann').length > 1);
  expect(toldOf(ben, 'ann')[1]).toEqual([true, 'Ann']);
});

test('Who goes is offline five seconds later, unless he comes back or has another connection.', async () => {
  await turn(true);
  const [ben, ann] = [await connect('ben'), await connect('ann')];
  await ben.call('users.subscribe', { users: ['ann'] });
  await leaves(ann);
  at.clock.advance(4999);
  const again = await connect('ann');
  const second = await connect('ann');
  at.clock.advance(20_000);
  again.cut();
  expect(await reachability('ann')).toEqual([true, false]);
  expect(toldOf(ben, 'ann')).toEqual([]);
  await leaves(second);
  at.clock.advance(5000);
  await ben.until(() => toldOf(ben, 'ann').length > 0);
  expect(toldOf(ben, 'ann')).toEqual([[false, 'ann']]);
  expect(await reachability('ann')).toEqual([false, false]);
});

test('A device that is registered makes a user notifiable, whether he is online or not.', async () => {
  await turn(true);
  const credential = await at.post('/v1/Credentials', { Type: 'gcm', ApiKey: 'a key' });
  const ann = await RawClient.open(address);
  clients.push(ann);
  const grant = { identity: 'ann', service, pushCredential: credential.sid };
  await ann.call('connect', { token: await makeToken(at.config.credentials, grant, at.clock.now()) });
  expect(await reachability('ann')).toEqual([true, false]);
  await ann.call('push.register', { type: 'gcm', token: 'a-device' });
  expect(await reachability('ann')).toEqual([true, true]);
  await ann.call('push.unregister', { type: 'gcm', token: 'a-device' });
  expect(await reachability('ann')).toEqual([true, false]);
});

test('Turned on while users are connected, it knows them; turned off and on, it has not forgotten who went.', async () => {
  const [ben, ann] = [await connect('ben'), await connect('ann')];
  await ben.call('users.subscribe', { users: ['ann'] });
  await turn(true);
  await ben.until(() => toldOf(ben, 'ann').length > 0);
  expect(toldOf(ben, 'ann')).toEqual([[true, 'ann']]);
  await turn(false);
  expect(await reachability('ann')).toEqual([null, null]);
  await leaves(ann);
  at.clock.advance(5000);
  // Nobody is told of it now.
  while ((await presences()).every(({ online }) => online === 1)) await new Promise(setImmediate);
  await turn(true);
  expect(await reachability('ann')).toEqual([false, false]);
  expect(await reachability('ben')).toEqual([true, false]);
});

/** On PostgreSQL the other server goes on, and so do those who are connected to it. */
const isAlone = process.env['COLLOQUY_TEST_POSTGRES'] === undefined;

test.runIf(isAlone)('After a crash nobody is online until he is back.', async () => {
  await turn(true);
  await connect('ann');
  expect(await reachability('ann')).toEqual([true, false]);
  const dataDir = mkdtempSync(join(tmpdir(), 'colloquy-crash-'));
  cpSync(at.config.dataDir, dataDir, { recursive: true });
  const server = await createServer(
    { ...at.config, dataDir },
    { clock: new ManualClock(), logger: pino({ level: 'silent' }) },
  );
  try {
    const headers = { authorization: authorization.byAccount };
    const answer = await server.inject({ method: 'GET', url: '/v1/Users/ann', headers });
    expect(answer.json()).toMatchObject({ is_online: false, is_notifiable: false });
  } finally {
    await server.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
