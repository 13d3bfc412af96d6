/** `npm run colloquy -- …`: sets up, builds what is stale, runs the command with the arguments given. */
import { join } from 'node:path';
import { build } from './build.mjs';
import { run, runScript } from './child.mjs';
import { root, setup } from './setup.mjs';

await runScript(async () => {
  const node = await setup();
  await build(node);
  return await run(node, [join(root, 'packages/server/dist/cli.js'), ...process.argv.slice(2)]);
});
