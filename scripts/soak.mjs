/** `npm run soak`: sets up, builds what is stale and runs the soak of the SDK, with the arguments given. */
import { join } from 'node:path';
import { build } from './build.mjs';
import { run, runScript, Stop } from './child.mjs';
import { findChromium } from './chromium.mjs';
import { root, setup } from './setup.mjs';

await runScript(async () => {
  const chromium = findChromium(process.env);
  if (!chromium) throw new Stop('The soak needs Chromium: install it, or set CHROMIUM_PATH.');
  const node = await setup();
  await build(node);
  const args = ['--conditions=@colloquy/source', join(root, 'compat/soak/main.ts'), ...process.argv.slice(2)];
  return await run(node, args, { env: { ...process.env, CHROMIUM_PATH: chromium } });
});
