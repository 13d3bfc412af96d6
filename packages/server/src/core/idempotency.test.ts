import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenCore, openCore } from '../testing/open-core.ts';
import { purgeIdempotency } from './idempotency.ts';
import { findUser, updateUser } from './users/actions.ts';

const day = 24 * 60 * 60 * 1000;

let at: OpenCore;
beforeEach(async () => {
  at = await openCore();
});
afterEach(() => at.discard());

const keys = async () =>
  (await at.core.db.sql.selectFrom('idempotency').select('key').orderBy('date_created').execute()).map(
    (row) => row.key,
  );
const purge = () => at.core.run(purgeIdempotency, at.account, {});

test('Answers are remembered for a day, and forgotten a piece at a time after that.', async () => {
  const { core, clock, account, service } = at;
  await at.user('ann');
  const calls = Array.from({ length: 1500 }, (_, number) => {
    clock.advance(1);
    const input = { service, user: 'ann', friendlyName: `ann ${number}` };
    return core.run(updateUser, account, input, { scope: account.account, key: String(number) });
  });
  await Promise.all(calls);
  expect(await purge()).toEqual({ more: false });
  expect(await keys()).toHaveLength(1500);

  clock.advance(day - 200);
  expect(await purge()).toEqual({ more: true });
  expect((await keys())[0]).toBe('1000');
  expect(await purge()).toEqual({ more: false });
  // Number 1299 is 200 ms older than number 1499: it is a day old, not more.
  expect((await keys())[0]).toBe('1299');
  await core.run(updateUser, account, { service, user: 'ann', friendlyName: 'another' });
  const again = { service, user: 'ann', friendlyName: 'ann 1499' };
  const known = await core.run(updateUser, account, again, { scope: account.account, key: '1499' });
  expect(known.friendly_name).toBe('ann 1499');
  expect((await findUser(core.db, service, 'ann'))?.friendly_name).toBe('another');
});

test('A key that comes with another request is refused: the first answer is not about that one.', async () => {
  const { core, account, service } = at;
  await at.user('ann');
  const key = { scope: account.account, key: 'k1' };
  await core.run(updateUser, account, { service, user: 'ann', friendlyName: 'one' }, key);
  const before = at.events.length;
  const other = core.run(updateUser, account, { service, user: 'ann', friendlyName: 'two' }, key);
  await expect(other).rejects.toMatchObject({ code: 20409 });
  expect(at.events).toHaveLength(before);
});
