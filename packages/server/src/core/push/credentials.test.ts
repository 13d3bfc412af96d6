import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { registerDevice } from './bindings.ts';
import { createCredential, deleteCredential, findCredential, removeCredential } from './credentials.ts';

let at: OpenCore;
beforeEach(async () => {
  at = await openCore();
});
afterEach(() => at.discard());

test('A credential of many devices goes a piece at a time.', async () => {
  const { core, account } = at;
  const { sid: credential } = await core.run(createCredential, account, { type: 'fcm', secret: 'sealed' });
  const users = await Promise.all(Array.from({ length: 30 }, (_, n) => at.user(`user ${n}`)));
  const devices = users.flatMap((user) =>
    Array.from({ length: 20 }, (_, n) =>
      core.run(registerDevice, user, { type: 'fcm', token: `${user.user}-${n}`, credential }),
    ),
  );
  await Promise.all(devices);
  const left = () => core.db.sql.selectFrom('push_bindings').select('sid').execute();
  expect(await core.run(deleteCredential, account, { credential })).toEqual({ more: true });
  expect(await left()).toHaveLength(100);
  expect(await findCredential(core.db, account.account, credential)).toBeDefined();

  await removeCredential(core, account, credential);
  expect(await left()).toEqual([]);
  expect(await findCredential(core.db, account.account, credential)).toBeUndefined();
});
