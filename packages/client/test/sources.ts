import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

/** Makes a script of the sources, which sets the global `Colloquy`: `colloquy.js` in that folder. */
export async function bundleSources(folder: string): Promise<void> {
  await esbuild.build({
    entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
    conditions: ['@colloquy/source'],
    bundle: true,
    format: 'iife',
    globalName: 'Colloquy',
    outfile: join(folder, 'colloquy.js'),
  });
}
