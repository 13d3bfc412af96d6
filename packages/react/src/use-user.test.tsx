// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { settled, world, worldOf } from './testing/world.tsx';
import { useUser } from './use-user.ts';

test('The own user is there as soon as the client is initialized, and is kept up to date.', async () => {
  const { hook, client, network } = await worldOf('alice', undefined, false);
  const { result } = await hook(() => useUser());
  expect(network.sockets).toHaveLength(1);
  expect(result.current).toMatchObject({ status: 'ready', user: { identity: 'alice' } });
  await settled(() => client.user.updateFriendlyName('Alice A.'));
  expect(result.current.user?.friendlyName).toBe('Alice A.');
});

test('Other users are found by identity, and are kept up to date.', async () => {
  const { hook, bob, server } = await world();
  const { result } = await hook(() => useUser('bob'));
  expect(result.current).toMatchObject({ status: 'ready', user: { identity: 'bob', friendlyName: 'bob' } });
  const user = server.user('bob').data.sid;
  await settled(() => bob('users.update', { user, friendlyName: 'Bob B.', key: 'name' }));
  expect(result.current.user?.friendlyName).toBe('Bob B.');
});

test('An identity that nobody has is an error.', async () => {
  const { hook } = await world();
  const { result } = await hook(() => useUser('nobody'));
  expect(result.current).toMatchObject({ status: 'failed', user: null, error: { code: 50200 } });
});
