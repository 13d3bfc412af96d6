import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

/** Bytes, of all hooks together. */
const atMost = 4000;

test(`All of it is at most ${atMost} bytes, minified and gzipped, and needs nothing but React.`, async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    packages: 'external',
    metafile: true,
    write: false,
    outdir: 'out',
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect(new Set(imports)).toEqual(new Set(['react']));
  const code = outputFiles[0]?.text ?? '';
  const size = gzipSync(code).length;
  expect(size).toBeGreaterThan(1000);
  expect(size).toBeLessThanOrEqual(atMost);
  for (const word of ['WebSocket', 'fetch(', 'window', 'document']) expect(code).not.toContain(word);
});
