import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'packages/server/src');
const replaced = join(sources, 'writer-url.ts');
const start = join(sources, 'storage/writer-thread/start.ts');

/**
 * For tests: the server's writer thread in one file, and used again by one test after the other. From its sources each
 * start of it takes half a second of the processor, for hundreds of modules whose types have to be taken out; from one
 * file it is still nine tenths of what it costs to open a core, and nearly every test of the server opens one.
 *
 * @returns {import('vitest/config').Plugin}
 */
export function bundledWriter() {
  /** @type {string | undefined} */
  let folder;
  let bundles = 0;
  return {
    name: 'bundled-writer',
    configureVitest({ defineCacheKeyGenerator }) {
      // Each run makes its own, and takes it away.
      defineCacheKeyGenerator(({ id }) => (id === replaced ? false : undefined));
    },
    async load(id) {
      if (id === start)
        return `export { startThread } from ${JSON.stringify(join(sources, 'testing/kept-threads.ts'))};`;
      if (id !== replaced) return undefined;
      if (folder === undefined) {
        const made = mkdtempSync(join(tmpdir(), 'colloquy-writer-'));
        process.once('exit', () => rmSync(made, { recursive: true, force: true }));
        folder = made;
      }
      bundles += 1;
      const outfile = join(folder, `kept-thread-${bundles}.mjs`);
      const { metafile } = await build({
        entryPoints: [join(sources, 'testing/kept-thread.ts')],
        absWorkingDir: root,
        bundle: true,
        minifyWhitespace: true,
        platform: 'node',
        target: 'node24',
        format: 'esm',
        conditions: ['@colloquy/source'],
        outfile,
        metafile: true,
      });
      // Where tests are run again after each change, this counts as changed when one of them is.
      for (const input of Object.keys(metafile.inputs)) this.addWatchFile(join(root, input));
      return `export const writerUrl = new URL(${JSON.stringify(pathToFileURL(outfile).href)});`;
    },
  };
}
