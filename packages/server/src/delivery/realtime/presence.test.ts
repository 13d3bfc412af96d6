import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { updateServiceConfiguration } from '../../core/services/actions.ts';
import { reachabilityOf } from '../../core/users/reachability.ts';
import { removeUser } from '../../core/users/remove.ts';
import { type OpenCore, openCore, testAccount } from '../../testing/open-core.ts';
import { Presence } from './presence.ts';

let at: OpenCore;
let presence: Presence;
let told: [identity: string, online: boolean | null][];
beforeEach(async () => {
  at = await openCore();
  presence = new Presence(at.core, at.bus, pino({ level: 'silent' }), testAccount);
  told = [];
  at.bus.onSignal((signal) => {
    if (signal.type === 'user') told.push([signal.user.identity, signal.user.isOnline]);
  });
  await at.core.run(updateServiceConfiguration, at.account, { service: at.service, reachabilityEnabled: true });
});
afterEach(async () => {
  await presence.stop();
  await at.discard();
});

test('Hundreds of users who come at once are written down in a few commits, each told of once.', async () => {
  const users = await Promise.all(Array.from({ length: 450 }, (_, n) => at.user(`user ${n}`)));
  let commits = 0;
  at.bus.subscribe(() => {
    commits += 1;
  });
  await Promise.all(users.map((user) => presence.enter({}, user)));
  expect(commits).toBeLessThan(10);
  expect(told).toHaveLength(450);
  expect(await reachabilityOf(at.core.db, users[449]?.user ?? '')).toEqual({ isOnline: true, isNotifiable: false });
});

test('What cannot be written down is tried again, in the state of then.', async () => {
  const [ann, ben] = [await at.user('ann'), await at.user('ben')];
  const { write } = at.storage;
  at.storage.write = () => Promise.reject(new Error('The disk is full.'));
  const connection = {};
  await presence.enter(connection, ann);
  await presence.enter({}, ben);
  presence.exit(connection);
  at.clock.advance(5000);
  await presence.settled();
  at.storage.write = write;
  at.clock.advance(10_000);
  await presence.settled();
  expect((await reachabilityOf(at.core.db, ann.user)).isOnline).toBe(false);
  expect((await reachabilityOf(at.core.db, ben.user)).isOnline).toBe(true);
});

test('A connection that ended before it was counted is not counted.', async () => {
  const ann = await at.user('ann');
  const connection = {};
  presence.exit(connection);
  await presence.enter(connection, ann);
  expect((await reachabilityOf(at.core.db, ann.user)).isOnline).toBe(null);
});

test('A user who is removed while he is connected leaves nothing behind.', async () => {
  const ann = await at.user('ann');
  const connection = {};
  await presence.enter(connection, ann);
  await removeUser(at.core, at.account, { service: at.service, user: 'ann' });
  presence.exit(connection);
  at.clock.advance(5000);
  await presence.settled();
  expect(await at.core.db.sql.selectFrom('presences').selectAll().execute()).toEqual([]);
  expect(told).toEqual([['ann', true]]);
});
