/** `npm run bench`: sets up and runs the benchmark from its sources, with the arguments given. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { run, runScript, Stop } from './child.mjs';
import { root, setup } from './setup.mjs';

await runScript(async () => {
  const main = join(root, 'bench/main.ts');
  if (!existsSync(main)) throw new Stop('There is no bench/main.ts to run.');
  const node = await setup();
  await build(node);
  return await run(node, ['--conditions=@colloquy/source', main, ...process.argv.slice(2)]);
});
