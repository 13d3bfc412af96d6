/** `npm run chaos`: sets up and runs the faults harness from its sources, with the arguments given. */
import { join } from 'node:path';
import { run, runScript } from './child.mjs';
import { root, setup } from './setup.mjs';

await runScript(async () => {
  const node = await setup();
  return await run(node, ['--conditions=@colloquy/source', join(root, 'chaos/main.ts'), ...process.argv.slice(2)]);
});
