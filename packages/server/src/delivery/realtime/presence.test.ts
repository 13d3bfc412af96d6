import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createService, updateServiceConfiguration } from '../../core/services/actions.ts';
import { connectUser } from '../../core/users/actions.ts';
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
  await presence.settled();
  expect(told).toHaveLength(450);
  expect(await reachabilityOf(at.core.db, users[449]?.user ?? '')).toEqual({ isOnline: true, isNotifiable: false });
});

test('Hundreds of users who leave at once are written down in a few commits, and whoever comes does not wait for all of them.', async () => {
  const users = await Promise.all(Array.from({ length: 1000 }, (_, n) => at.user(`user ${n}`)));
  const late = await at.user('late');
  const connections = users.map(() => ({}));
  await Promise.all(users.map((user, n) => presence.enter(connections[n] as object, user)));
  await presence.settled();
  told = [];
  let commits = 0;
  at.bus.subscribe(() => {
    commits += 1;
  });
  for (const connection of connections) presence.exit(connection);
  at.clock.advance(5000);
  await presence.enter({}, late);
  expect((await reachabilityOf(at.core.db, late.user)).isOnline).toBe(true);
  const gone = at.core.db.sql.selectFrom('presences').select('user_sid').where('online', '=', 0);
  expect((await gone.execute()).length).toBeLessThan(1000);
  await presence.settled();
  expect(await gone.execute()).toHaveLength(1000);
  expect(told).toHaveLength(1001);
  expect(commits).toBeLessThan(10);
});

test('Who connects once more, or where nobody wants to know, waits for nothing that is written down of others.', async () => {
  const [ann, eve] = [await at.user('ann'), await at.user('eve')];
  const { sid: service } = await at.core.run(createService, at.account, { friendlyName: 'Elsewhere' });
  const { sid } = await at.core.run(connectUser, at.account, { service, identity: 'ben' });
  const ben = { ...ann, service, user: sid, identity: 'ben' } as typeof ann;
  await presence.enter({}, ann);
  const { write } = at.storage;
  const free = Promise.withResolvers<void>();
  at.storage.write = (...all) => free.promise.then(() => write.apply(at.storage, all));
  const waits = presence.enter({}, eve);
  for (const user of [ben, ben, ann]) await presence.enter({}, user);
  free.resolve();
  await waits;
});

test('Whatever users do while the database is slow or away, it is written and told in the end who is there.', async () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ come: fc.nat(2) }) },
    { weight: 3, arbitrary: fc.record({ go: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ pass: fc.constantFrom(1, 2500, 5000, 10_000) }) },
    { weight: 2, arbitrary: fc.record({ storage: fc.constantFrom('works', 'waits', 'fails') }) },
    { weight: 3, arbitrary: fc.record({ turns: fc.integer({ min: 1, max: 5 }) }) },
  );
  const { write } = at.storage;
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      run += 1;
      const users = [await at.user(`ann ${run}`), await at.user(`ben ${run}`), await at.user(`eve ${run}`)];
      const here = users.map((): object[] => []);
      const came = new Set<number>();
      const own = new Presence(at.core, at.bus, pino({ level: 'silent' }), testAccount);
      let free = Promise.withResolvers<void>();
      const entered: Promise<void>[] = [];
      const turn = async (times: number) => {
        for (let n = 0; n < times; n += 1) await new Promise(setImmediate);
      };
      for (const what of steps) {
        if ('come' in what) {
          const connection = {};
          here[what.come]?.push(connection);
          came.add(what.come);
          entered.push(own.enter(connection, users[what.come] as (typeof users)[number]));
        } else if ('go' in what) {
          const connection = here[what.go]?.shift();
          if (connection) own.exit(connection);
        } else if ('pass' in what) at.clock.advance(what.pass);
        else if ('turns' in what) await turn(what.turns);
        else {
          free.resolve();
          free = Promise.withResolvers<void>();
          const held = free.promise;
          if (what.storage === 'works') at.storage.write = write;
          else if (what.storage === 'waits')
            at.storage.write = (...all) => held.then(() => write.apply(at.storage, all));
          else at.storage.write = () => Promise.reject(new Error('The disk is full.'));
        }
      }
      at.storage.write = write;
      free.resolve();
      await Promise.all(entered);
      for (let n = 0; n < 3; n += 1) {
        await own.settled();
        at.clock.advance(10_000);
        await own.settled();
      }
      for (const [n, { user, identity }] of users.entries()) {
        const expected = came.has(n) ? (here[n]?.length ?? 0) > 0 : null;
        expect((await reachabilityOf(at.core.db, user)).isOnline).toBe(expected);
        expect(told.findLast(([name]) => name === identity)?.[1] ?? null).toBe(expected);
      }
      await own.stop();
    }),
    { numRuns: 50 },
  );
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
