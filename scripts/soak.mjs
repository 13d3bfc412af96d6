/**
 * `npm run soak`: sets up, builds what is stale and runs the soak of the SDK with the arguments given, or, where the first
 * is `smpp`, that of the SMPP connector.
 */
import { join } from 'node:path';
import { build } from './build.mjs';
import { run, runScript, Stop } from './child.mjs';
import { findChromium } from './chromium.mjs';
import { root, setup } from './setup.mjs';

await runScript(async () => {
  const [first, ...others] = process.argv.slice(2);
  const smpp = first === 'smpp';
  const chromium = findChromium(process.env);
  if (!chromium && !smpp) throw new Stop('The soak needs Chromium: install it, or set CHROMIUM_PATH.');
  const node = await setup();
  await build(node);
  const program = join(root, smpp ? 'compat/soak/smpp/main.ts' : 'compat/soak/main.ts');
  const args = ['--conditions=@colloquy/source', program, ...(smpp ? others : process.argv.slice(2))];
  return await run(node, args, { env: { ...process.env, CHROMIUM_PATH: chromium ?? '' } });
});
