import { Client } from '@colloquy/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { next, RestartableServer } from './restartable-server.ts';

let server: RestartableServer;
beforeAll(async () => {
  server = await RestartableServer.start();
});
afterAll(() => server.discard());

test('Where a service turns reachability on, clients and back ends see who is online, and who is no more after a restart.', async () => {
  const connect = async (identity: string) => Client.create(await server.token(identity), { url: server.url });
  const ann = await connect('ann');
  expect(ann.reachabilityEnabled).toBe(false);
  const { defaultChatServiceSid } = await server.rest.configuration().fetch();
  const configuration = server.rest.services(defaultChatServiceSid).configuration();
  expect(await configuration.update({ reachabilityEnabled: true })).toMatchObject({ reachabilityEnabled: true });

  await server.rest.users.create({ identity: 'ben' });
  const seen = await ann.getUser('ben');
  expect(seen.isOnline).toBe(null);
  const online = next<[{ updateReasons: string[] }]>(seen, 'updated');
  const ben = await connect('ben');
  expect(ben).toMatchObject({ reachabilityEnabled: true, user: { isOnline: true, isNotifiable: false } });
  expect((await online).updateReasons).toContain('reachabilityOnline');
  expect(seen.isOnline).toBe(true);
  expect(await server.rest.users('ben').fetch()).toMatchObject({ isOnline: true, isNotifiable: false });
  for (const user of await server.rest.users.list()) expect(user).toMatchObject({ isOnline: null, isNotifiable: null });

  await Promise.all([ann.shutdown(), ben.shutdown()]);
  await server.down();
  await server.up();
  expect(await server.rest.users('ben').fetch()).toMatchObject({ isOnline: false, isNotifiable: false });
});
