import { afterEach, beforeEach, expect, it } from 'vitest';
import { account, openRig, type Rig } from '../../channels/test-rig.ts';
import { buryWork, claimWork, finishWork, purgeOutbox, reapLeases, retryWork, type Work } from './actions.ts';
import { nextDue } from './store.ts';

const actor = { kind: 'system', account } as const;
const phone = (number: number) => ({ address: `+1202555${String(1000 + number)}`, proxyAddress: '+12025550100' });

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig.close());

let claims = 0;
function claim(limit = 10, leaseMs = 1000): Promise<Work[]> {
  claims += 1;
  return rig.core.run(claimWork, actor, { kind: 'channel', limit, lease: `lease ${claims}`, leaseMs });
}
const bodies = (works: Work[]) => works.map((work) => JSON.parse(work.payload).body).sort();

it('gives out only the head of each lane, and the next one when that is finished', async () => {
  const conversation = await rig.converse(phone(1), phone(2));
  await rig.say(conversation, 'one');
  await rig.say(conversation, 'two');
  const heads = await claim();
  expect(bodies(heads)).toEqual(['one', 'one']);
  expect(await claim()).toEqual([]);
  const [first, second] = heads as [Work, Work];
  expect(await rig.core.run(finishWork, actor, first)).toBe(true);
  const next = await claim();
  expect(bodies(next)).toEqual(['two']);
  expect(next[0]?.lane).toBe(first.lane);
  expect(await rig.core.run(finishWork, actor, second)).toBe(true);
  expect(bodies(await claim())).toEqual(['two']);
});

it('tells everybody that a lane goes on, and nobody of one that has come to its end', async () => {
  const conversation = await rig.converse(phone(1));
  for (const body of ['one', 'two']) await rig.say(conversation, body);
  const told: string[][] = [];
  rig.bus.subscribe(({ woken }) => told.push([...woken]));
  for (const woken of [['channel'], []]) {
    const [work] = (await claim()) as [Work];
    told.length = 0;
    await rig.core.run(finishWork, actor, work);
    expect(told.flat()).toEqual(woken);
  }
});

it('never gives the same work to two that claim at the same time', async () => {
  const conversation = await rig.converse(...Array.from({ length: 20 }, (_, at) => phone(at)));
  await rig.say(conversation, 'hello');
  const taken = (await Promise.all([claim(7), claim(7), claim(7), claim(7)])).flat();
  expect(taken).toHaveLength(20);
  expect(new Set(taken.map((work) => work.id)).size).toBe(20);
});

it('keeps work that is put back at the head of its lane until its time', async () => {
  const conversation = await rig.converse(phone(1));
  await rig.say(conversation, 'one');
  await rig.say(conversation, 'two');
  const [work] = (await claim()) as [Work];
  const notBefore = rig.clock.now() + 5000;
  expect(await rig.core.run(retryWork, actor, { ...work, notBefore, error: 'busy', counted: true })).toBe(true);
  expect(await claim()).toEqual([]);
  expect(await nextDue(rig.core.db, 'channel')).toEqual({ work: notBefore, lease: null });
  rig.clock.advance(5000);
  const [again] = (await claim()) as [Work];
  expect(again).toMatchObject({ id: work.id, attempt: 2, lastError: 'busy' });
});

it('does not count an attempt that was none', async () => {
  const conversation = await rig.converse(phone(1));
  await rig.say(conversation, 'one');
  for (let round = 0; round < 3; round += 1) {
    const [work] = (await claim()) as [Work];
    expect(work.attempt).toBe(1);
    await rig.core.run(retryWork, actor, { ...work, notBefore: rig.clock.now(), error: null, counted: false });
  }
});

it('buries what failed for good and lets the lane go on', async () => {
  const conversation = await rig.converse(phone(1));
  await rig.say(conversation, 'one');
  await rig.say(conversation, 'two');
  const [work] = (await claim()) as [Work];
  expect(await rig.core.run(buryWork, actor, { ...work, error: 'no' })).toBe(true);
  expect(bodies(await claim())).toEqual(['two']);
  const rows = await rig.outbox();
  expect(rows.map((row) => [row.state, row.last_error]).sort()).toEqual([
    ['dead', 'no'],
    ['sending', null],
  ]);
  // However much has failed, nobody who looks for what is open in a lane comes across it.
  expect(rows.filter(({ lane }) => lane === work.lane).map(({ state }) => state)).toEqual(['sending']);
});

it('lets nobody settle work whose lease has passed to somebody else', async () => {
  const conversation = await rig.converse(phone(1));
  await rig.say(conversation, 'one');
  const [work] = (await claim()) as [Work];
  const reap = { kind: 'channel', limit: 10, lease: 'reaper', leaseMs: 1000 };
  rig.clock.advance(999);
  expect(await rig.core.run(reapLeases, actor, reap)).toEqual([]);
  rig.clock.advance(1);
  const [reaped] = (await rig.core.run(reapLeases, actor, reap)) as [Work];
  expect(reaped).toMatchObject({ id: work.id, lease: 'reaper', attempt: 1 });
  expect(await rig.core.run(finishWork, actor, work)).toBe(false);
  expect(await rig.core.run(buryWork, actor, { ...work, error: 'no' })).toBe(false);
  expect(await rig.core.run(retryWork, actor, { ...work, notBefore: 0, error: null, counted: true })).toBe(false);
  expect(await rig.core.run(finishWork, actor, reaped)).toBe(true);
  expect(await rig.outbox()).toEqual([]);
});

it('keeps dead letters for 30 days', async () => {
  const conversation = await rig.converse(phone(1));
  await rig.say(conversation, 'one');
  const [work] = (await claim()) as [Work];
  await rig.core.run(buryWork, actor, { ...work, error: 'no' });
  const day = 24 * 60 * 60 * 1000;
  rig.clock.advance(30 * day);
  await rig.core.run(purgeOutbox, actor, { kind: 'channel' });
  expect(await rig.outbox()).toHaveLength(1);
  rig.clock.advance(1);
  await rig.core.run(purgeOutbox, actor, { kind: 'channel' });
  expect(await rig.outbox()).toEqual([]);
});
