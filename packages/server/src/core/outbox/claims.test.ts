import { afterEach, describe, expect, test } from 'vitest';
import { openRig, type Rig } from '../../channels/test-rig.ts';
import { besideAnother } from '../../testing/beside-another.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { findPostgres } from '../../testing/run-postgres.ts';
import { claimWork, reapLeases, unclaimWork } from './actions.ts';

const programs = findPostgres();
const phone = (number: number) => ({ address: `+1202555${1000 + number}`, proxyAddress: '+12025550100' });

/** Within one server claims come one after the other; between two of them only the rows decide. */
describe.skipIf(programs === undefined)('Of two servers that claim work at the same moment', () => {
  let rig: Rig;
  afterEach(() => rig.close());
  const other = besideAnother(programs, async (url) => {
    rig = await openRig(undefined, new ManualClock(), url);
    await rig.say(await rig.converse(phone(1), phone(2)), 'hello');
  });

  const request = { kind: 'channel', limit: 10, leaseMs: 1000 };
  const actor = () => ({ kind: 'system', account: rig.account }) as const;

  test('the second does not get what the first one has claimed', async () => {
    const [taken, left] = await rig.outbox();
    const claim = `UPDATE outbox SET state = 'sending', attempt = 1, lease = 'other', lease_until = 9e15 WHERE id = '${taken?.id}'`;
    const given = await other.behind(claim, () => rig.core.run(claimWork, actor(), { ...request, lease: 'own' }));
    expect(given.map(({ id }) => id)).toEqual([left?.id]);
    expect((await rig.outbox()).map(({ lease, attempt }) => [lease, attempt])).toEqual([
      ['other', 1],
      ['own', 1],
    ]);
  });

  test('the second does not take over what the first one has taken over', async () => {
    await rig.core.run(claimWork, actor(), { ...request, lease: 'of one who died' });
    rig.clock.advance(1000);
    const [taken, left] = await rig.outbox();
    const reap = `UPDATE outbox SET lease = 'other', lease_until = 9e15 WHERE id = '${taken?.id}'`;
    const given = await other.behind(reap, () => rig.core.run(reapLeases, actor(), { ...request, lease: 'own' }));
    expect(given.map(({ id }) => id)).toEqual([left?.id]);
    expect((await rig.outbox()).map(({ lease }) => lease)).toEqual(['other', 'own']);
  });

  test('one that gives back what it never got sees what the other puts before that', async () => {
    await rig.core.run(claimWork, actor(), { ...request, lease: 'unheard of' });
    const { lane } = (await rig.outbox())[0] as { lane: string };
    const before =
      `SELECT FROM conversations WHERE sid = '${lane.split('/')[0]}' FOR UPDATE; ` +
      "INSERT INTO outbox SELECT (jsonb_populate_record(o, jsonb_build_object('id', 'earlier', 'seq', seq - 1, " +
      `'state', 'waiting', 'lease', NULL, 'lease_until', NULL))).* FROM outbox AS o WHERE lane = '${lane}'`;
    const unclaim = { kind: 'channel', lease: 'unheard of' };
    expect(await other.behind(before, () => rig.core.run(unclaimWork, actor(), unclaim))).toBe(true);
    const inLane = (await rig.outbox()).filter((one) => one.lane === lane);
    expect(inLane.map(({ id, state }) => [id === 'earlier', state])).toEqual([
      [true, 'pending'],
      [false, 'waiting'],
    ]);
  });
});
