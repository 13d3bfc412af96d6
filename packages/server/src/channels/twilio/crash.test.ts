import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ManualClock, startTwilioSimulator } from '@colloquy/testing';
import { expect, it } from 'vitest';
import { ingestFor } from '../ingest.ts';
import { openRig, startDeliveries } from '../test-rig.ts';
import { openDoor, openSenderHost } from '../test-sender-host.ts';
import { TwilioChannel } from './channel.ts';
import { configFor, own } from './twilio-world.ts';

it.each([
  ['a report says so', true],
  ['only the list of messages says so', false],
])('brings a message once though the process is killed when Twilio has it: %s', async (_what, reported) => {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-'));
  const clock = new ManualClock();
  const simulator = await startTwilioSimulator({
    clock,
    reports: reported ? { sentAfter: 100, deliveredAfter: 200 } : null,
  });
  const door = await openDoor(
    () => channel,
    (events) => ingest(events),
  );
  const webhookUrl = `${door.url}/webhook`;
  const program = fileURLToPath(new URL('./die-after-sending.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--conditions=@colloquy/source', program, directory, simulator.url, webhookUrl],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const output = text(child.stdout);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect([code, signal]).toEqual([null, 'SIGKILL']);
  const message = { sid: await output };
  expect(simulator.account.messages).toHaveLength(1);

  const rig = await openRig(directory, clock);
  expect((await rig.receipts(message)).map((receipt) => receipt.status)).toEqual([null]);
  const ingest = ingestFor(rig, 'twilio');
  const host = openSenderHost({ clock, addresses: [own], webhookUrl, ingest });
  const channel = new TwilioChannel(configFor(simulator.url), host, 'twilio');
  const dispatcher = startDeliveries(rig, channel, () => 0.5);
  await dispatcher.idle();
  await simulator.idle();
  for (let step = 0; step < 100 && (await rig.outbox()).length > 0; step += 1) {
    clock.advanceToNext();
    await simulator.idle();
    await dispatcher.idle();
  }
  expect(await rig.outbox()).toEqual([]);
  expect(simulator.account.messages).toHaveLength(1);
  const [receipt] = await rig.receipts(message);
  expect(receipt?.channel_message_sid).toBe(simulator.account.messages[0]?.sid);
  if (reported) expect(receipt?.status).toMatch(/^(sent|delivered)$/);
  await dispatcher.stop();
  await rig.close();
  await host.close();
  await simulator.close();
  await door.close();
});
