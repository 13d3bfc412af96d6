import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenCore, openCore, testAccount } from '../../testing/open-core.ts';
import { startMaintenance } from '../../timers/maintenance.ts';
import { createConversation } from '../conversations/actions.ts';
import { sweepConversations } from '../conversations/sweep.ts';
import { addParticipant } from '../participants/actions.ts';
import { deleteUser, findUser, removeUser } from './actions.ts';

let at: OpenCore;
beforeEach(async () => {
  at = await openCore();
});
afterEach(() => at.discard());

const conversations = 120;

async function busyUser(): Promise<string> {
  const { core, account, service } = at;
  const { user } = await at.user('ann');
  const rooms = Array.from({ length: conversations }, async (_, n) => {
    const { sid } = await core.run(createConversation, account, { service, uniqueName: `room ${n}` });
    for (const identity of ['ann', 'ben'])
      await core.run(addParticipant, account, { service, conversation: sid, identity });
  });
  await Promise.all(rooms);
  return user;
}

const count = async (table: 'participants' | 'users' | 'events' | 'user_removals' | 'sweeps', user: string) => {
  const columns = {
    participants: 'user_sid',
    users: 'sid',
    events: 'stream',
    user_removals: 'user_sid',
    sweeps: 'stream',
  };
  const rows = await at.core.db.sql
    .selectFrom(table as 'participants')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where(columns[table] as 'user_sid', '=', user)
    .executeTakeFirstOrThrow();
  return Number(rows.n);
};

const make = (uniqueName: string) => at.core.run(createConversation, at.account, { service: at.service, uniqueName });

async function sweep(): Promise<void> {
  while ((await at.core.run(sweepConversations, { kind: 'system', account: testAccount }, {})).more);
}

test('A user of many conversations goes a piece at a time, and tells each of them.', async () => {
  const user = await busyUser();
  at.events.length = 0;
  await removeUser(at.core, at.account, { service: at.service, user: 'ann' });
  const told = (type: string) => at.events.filter((event) => event.type === type).length;
  expect([told('participant.removed'), told('membership.removed'), told('user.removed')]).toEqual([120, 120, 1]);
  expect(await findUser(at.core.db, at.service, 'ann')).toBeUndefined();
  expect([await count('participants', user), await count('user_removals', user)]).toEqual([0, 0]);
  await make('something newer');
  await sweep();
  expect([await count('events', user), await count('sweeps', user)]).toEqual([0, 0]);
  // The others are still there, and the identity is free.
  expect(await at.core.db.sql.selectFrom('participants').selectAll().execute()).toHaveLength(conversations);
  expect((await at.user('ann')).user).not.toBe(user);
});

test('No event ever has the number of one that was swept up.', async () => {
  const { core, account, service } = at;
  for (const identity of ['ann', 'ben', 'eve']) await at.user(identity);
  await make('a room');
  for (const user of ['ann', 'ben', 'eve']) await removeUser(core, account, { service, user });
  const told = at.events.at(-1);
  await sweep();
  await make('another one');
  expect(told?.type).toBe('user.removed');
  expect(at.events.at(-1)?.id).toBeGreaterThan(told?.id ?? 0);
  await sweep();
  const left = await core.db.sql.selectFrom('events').select('type').orderBy('id').execute();
  expect(left).toEqual([{ type: 'conversation.added' }, { type: 'conversation.added' }]);
  expect(await core.db.sql.selectFrom('sweeps').selectAll().execute()).toEqual([]);
});

test('A removal that a crash cuts off goes on at the next start.', async () => {
  const user = await busyUser();
  expect(await at.core.run(deleteUser, at.account, { service: at.service, user: 'ann' })).toEqual({ more: true });
  expect(await count('participants', user)).toBe(conversations - 50);
  await at.close();
  at = await openCore({ directory: at.directory });
  const gone = new Promise<void>((resolve) => {
    at.bus.subscribe(({ events }) => {
      if (events.some((event) => event.type === 'user.removed')) resolve();
    });
  });
  const maintenance = startMaintenance(at.core, at.bus, testAccount, pino({ level: 'silent' }));
  await gone;
  await maintenance.stop();
  expect([await count('users', user), await count('participants', user), await count('user_removals', user)]).toEqual([
    0, 0, 0,
  ]);
});

test('However many pieces it takes, it is one change for those who count them.', async () => {
  await busyUser();
  const asked: string[] = [];
  const { write } = at.storage;
  at.storage.write = (lane, calls) => {
    asked.push(...calls.map(({ command }) => command));
    return write.call(at.storage, lane, calls);
  };
  await removeUser(at.core, at.account, { service: at.service, user: 'ann' });
  expect(asked).toEqual(['users.delete', 'users.delete-piece', 'users.delete-piece']);
});

test('Users remove nobody.', async () => {
  const ann = await at.user('ann');
  const remove = at.core.run(deleteUser, ann, { service: at.service, user: 'ann' });
  await expect(remove).rejects.toMatchObject({ code: 50107 });
});
