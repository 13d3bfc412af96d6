import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { memoryBus } from '../../bus/memory/memory-bus.ts';
import { deleteSender, moveSender } from '../../core/senders/actions.ts';
import { Vault } from '../../storage/vault.ts';
import { openTestCarrier, type TestCarrier } from '../../testing/test-carrier.ts';
import type { Channels } from '../open.ts';
import { account, openRig, openRigChannels, type Rig } from '../test-rig.ts';
import { SenderKeeper } from './keeper.ts';

const own = '+12025550100';
const actor = { kind: 'account', account } as const;

let carrier: TestCarrier;
let rig: Rig;
/** Of a server that hears nothing of what others commit. */
let channels: Channels;
let sender: string;

beforeEach(async () => {
  carrier = openTestCarrier();
  rig = await openRig();
  const deaf = memoryBus((error) => {
    throw error;
  });
  channels = await openRigChannels({ ...rig, bus: deaf }, 'off', { modules: [carrier.module] });
  const keeper = new SenderKeeper({
    core: rig.core,
    vault: new Vault(rig.directory),
    channels: channels.senders,
    account,
  });
  const order = { addresses: [own], config: { region: 'eu', token: 'sesame-sesame' }, check: false };
  ({
    sender: { sid: sender },
  } = await keeper.create('test', order, null));
});
afterEach(async () => {
  await channels.close();
  await rig.close();
});

/** The clock comes to the next look, and the look ends. */
async function later(): Promise<void> {
  rig.clock.advance(30_000);
  await channels.senders.settled();
}

it('what another server does to senders is noticed within 30 seconds, whatever became of the news', async () => {
  expect(channels.ownerOf(own)).toBeUndefined();
  await later();
  expect(channels.ownerOf(own)?.name).toBe(sender);
  await rig.core.run(moveSender, actor, { sender, state: 'paused', reason: 'for now' });
  await later();
  expect(channels.senders.pausedFor(own)).toBe('for now');
  await rig.core.run(moveSender, actor, { sender, state: 'active', reason: null });
  await later();
  expect(channels.senders.pausedFor(own)).toBeNull();
  await rig.core.run(deleteSender, actor, { sender });
  await later();
  expect(carrier.log).toEqual([`start ${sender}`, `stop ${sender}`]);
});

it('an address of a sender that another server has just made is known when it is asked for, and all who ask share a look', async () => {
  expect(channels.ownerOf(own)).toBeUndefined();
  expect(await channels.owns(own)).toBe(true);
  expect(channels.ownerOf(own)?.name).toBe(sender);
  const { db } = rig.core;
  const looks = vi.spyOn(db.sql, 'selectFrom');
  const asked = Array.from({ length: 50 }, (_, n) => channels.owns(`+1202555${1000 + n}`));
  expect(new Set(await Promise.all(asked))).toEqual(new Set([false]));
  expect(looks.mock.calls.length).toBeLessThanOrEqual(2);
  looks.mockRestore();
});

it('senders that could not be read are read again after two seconds', async () => {
  const { db } = rig.core;
  const { sql } = db;
  Object.defineProperty(db, 'sql', { value: undefined, configurable: true });
  await later();
  await new Promise(setImmediate);
  expect(channels.ownerOf(own)).toBeUndefined();
  Object.defineProperty(db, 'sql', { value: sql });
  rig.clock.advance(2000);
  await channels.senders.settled();
  expect(channels.ownerOf(own)?.name).toBe(sender);
});
