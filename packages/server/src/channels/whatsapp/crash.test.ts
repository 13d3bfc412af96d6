import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ManualClock, startWhatsAppSimulator, type WhatsAppSimulator } from '@colloquy/testing';
import { afterEach, expect, it } from 'vitest';
import type { Dispatcher } from '../../delivery/outbox.ts';
import { ingestFor } from '../ingest.ts';
import { openRig, type Rig, startDeliveries } from '../test-rig.ts';
import { openDoor, openSenderHost } from '../test-sender-host.ts';
import { WhatsAppChannel } from './channel.ts';
import { ann, own } from './send-world.ts';
import { testConfig } from './webhook-world.ts';

const minute = 60_000;

let simulator: WhatsAppSimulator;
let rig: Rig;
let dispatcher: Dispatcher;
let close: () => Promise<void>;
afterEach(async () => {
  await dispatcher.stop();
  await close();
  await rig.close();
});

/** A process is killed between the acceptance and its commit; the next one goes on. @returns the message */
async function crash(reporting: { sentAfter: number | null; deliveredAfter: number | null }): Promise<{ sid: string }> {
  const clock = new ManualClock();
  const { appSecret } = testConfig();
  simulator = await startWhatsAppSimulator({ clock, appSecret, reporting });
  simulator.phone(ann).state.wrote.set(testConfig().phoneNumberId, clock.now());
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-'));
  const program = fileURLToPath(new URL('./die-after-sending.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@colloquy/source', program, directory, simulator.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(child.stdout);
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);

  rig = await openRig(directory, clock);
  const host = openSenderHost({ clock, addresses: [own], ingest: ingestFor(rig, 'whatsapp') });
  const channel = new WhatsAppChannel(testConfig({ graphUrl: simulator.url }), host, 'whatsapp');
  const door = await openDoor(() => channel, host.ingest);
  await simulator.subscribe(door.url, 'verify me');
  dispatcher = startDeliveries(rig, channel, Math.random, { concurrency: 1 });
  close = async () => {
    await simulator.close();
    await door.close();
    await host.close();
  };
  await dispatcher.idle();
  return { sid: await output };
}
async function pass(milliseconds: number): Promise<void> {
  rig.clock.advance(milliseconds);
  await simulator.idle();
  await dispatcher.idle();
}
const statusOf = async (message: { sid: string }) => (await rig.receipts(message)).map(({ status }) => status);
const texts = () => simulator.phone(ann).received.map((one) => one.text);

it.each([
  ['while the lease of the dead process still runs', 30_000],
  ['when it is over', 90_000],
])(
  'sends once what a process that was killed had sent: a status names it, %s',
  async (_when, after) => {
    const message = await crash({ sentAfter: after, deliveredAfter: after });
    expect([texts(), await statusOf(message)]).toEqual([['hello'], [null]]);
    for (let step = 0; step < 12; step += 1) await pass(10_000);
    for (let step = 0; step < 10; step += 1) await pass(minute);
    expect([texts(), await statusOf(message)]).toEqual([['hello'], ['delivered']]);
    expect(await rig.outbox()).toEqual([]);
  },
  120_000,
);

it('sends once more where no status comes, and says that it may have come twice', async () => {
  const message = await crash({ sentAfter: null, deliveredAfter: null });
  for (let step = 0; step < 30; step += 1) await pass(10_000);
  expect(texts()).toEqual(['hello', 'hello']);
  expect(await rig.outbox()).toEqual([]);
  const { sql } = rig.core.db;
  const attempts = await sql
    .selectFrom('delivery_attempts')
    .select(['outcome', 'changes'])
    .where('message_sid', '=', message.sid)
    .execute();
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['unknown', 'accepted']);
  expect(attempts[1]?.changes).toContain('it may have come twice');
}, 120_000);
