import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeGuide } from './testing/guide.ts';

const run = promisify(execFile);
const compiler = fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', 'bin/tsc');

let folder: string;
let names: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colloquy-react-guide-'));
  names = await writeGuide(join(folder, 'app'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('The files of the guide have the right types.', async () => {
  expect(names.length).toBeGreaterThan(5);
  const { stdout } = await run(process.execPath, [compiler, '-p', join(folder, 'app')]).catch((error) => error);
  expect(stdout).toBe('');
});

test('The page that the guide renders on a server shows that everything is on its way.', async () => {
  const outfile = join(folder, 'app', 'server.mjs');
  await build({
    entryPoints: [join(folder, 'app', 'server.tsx')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@colloquy/source'],
    jsx: 'automatic',
    external: ['react', 'react-dom'],
    outfile,
  });
  const { renderPage } = await import(pathToFileURL(outfile).href);
  const page = renderPage();
  expect(page).toContain('<p role="status">unknown</p>');
  expect(page).toContain('aria-busy="true"');
  expect(page).toContain('<h1>Conversations</h1>');
});
