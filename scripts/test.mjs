/**
 * `npm test`: sets up, builds what is stale and runs every test, or those under the paths given. Its last line is
 * `N passed, N failed`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { run, runScript, Stop } from './child.mjs';
import { findChromium } from './chromium.mjs';
import { root, setup } from './setup.mjs';

await runScript(async () => {
  const chromium = findChromium(process.env);
  if (!chromium && process.env.CI === 'true') {
    throw new Stop('CI runs every test, and the browser tests need Chromium: install it, or set CHROMIUM_PATH.');
  }
  const node = await setup();
  await build(node);

  const folder = mkdtempSync(join(tmpdir(), 'colloquy-test-'));
  try {
    const countFile = join(folder, 'count.json');
    // Many tests start servers as processes of their own, and each would compile the same modules.
    const NODE_COMPILE_CACHE = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/colloquy-tests');
    const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts/test-count.mjs')}`];
    const code = await run(
      node,
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...process.argv.slice(2)],
      { cwd: root, env: { ...process.env, NODE_COMPILE_CACHE, TEST_COUNT_FILE: countFile } },
    );
    const { passed, failed, skipped } = readCount(countFile);
    if (!chromium && skipped > 0) {
      console.log('skipped: the browser tests, since there is no Chromium (install it, or set CHROMIUM_PATH)');
    }
    if (passed + failed === 0) console.log('No test ran.');
    // On a line of its own: the last one is for programs, too.
    if (skipped > 0) console.log(`${skipped} skipped: what a channel does not have, and peers that are not installed`);
    console.log(`${passed} passed, ${failed} failed`);
    return code || (failed > 0 || passed === 0 ? 1 : 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * @param {string} file
 * @returns {{ passed: number, failed: number, skipped: number }}
 */
function readCount(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Stop('Vitest ended before it could count the tests.');
  }
}
