import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openRig, openRigChannels } from '../test-rig.ts';

it('brings a message once though the process is killed between the acceptance and its commit', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-'));
  const program = fileURLToPath(new URL('./die-after-sending.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@colloquy/source', program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(child.stdout);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect([code, signal]).toEqual([null, 'SIGKILL']);
  const message = { sid: await output };

  const rig = await openRig(directory);
  const { clock } = rig;
  expect((await rig.outbox()).map((row) => row.state)).toEqual(['sending']);
  expect((await rig.receipts(message)).map((receipt) => receipt.status)).toEqual([null]);

  const channels = await openRigChannels(rig, 'any');
  const arrived = async () => (await channels.sandbox?.messages('+12025550123', 0, 10))?.map((row) => row.body);
  await channels.idle();
  expect(await arrived()).toEqual(['hello']);
  for (let step = 0; step < 100 && (await rig.outbox()).length > 0; step += 1) {
    clock.advanceToNext();
    await channels.idle();
  }
  expect(await rig.outbox()).toEqual([]);
  expect(await arrived()).toEqual(['hello']);
  expect((await rig.receipts(message)).map((receipt) => receipt.status)).toEqual(['sent']);
  await channels.close();
  await rig.close();
});
