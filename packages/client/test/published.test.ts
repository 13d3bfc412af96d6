import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { build as viteBuild } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { isSkipped } from '../../../scripts/browser.mjs';
import { installPacked } from '../../../scripts/install-packed.mjs';
import { Pages } from './chromium.ts';
import { runInReactNative } from './react-native.ts';
import { startServer } from './server.ts';

/** What the package may have: everything, minified by somebody else's bundler, in bytes of gzip. */
const limit = 15_000;
/** What an app pays that uses only the error class. */
const errorLimit = 1_000;

/** What `talk` of the app tells when all went well, with the number of its users. */
const lunch = {
  friendlyName: 'Lunch',
  attributes: { table: 4 },
  author: expect.stringMatching(/^ann \d+$/),
  body: 'At noon?',
  index: 0,
  code: 50200,
};

/** An app far away from the repository that has installed the package. */
const project = mkdtempSync(join(tmpdir(), 'colloquy-app-'));
let installed: string;
let server: Awaited<ReturnType<typeof startServer>>;

beforeAll(async () => {
  cpSync(new URL('app', import.meta.url), project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  installed = installPacked('client', project);
  server = await startServer();
}, 120_000);

afterAll(async () => {
  await server?.discard();
  rmSync(project, { recursive: true, force: true });
});

/** Bundles a line of code. @returns what comes out, minified */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents, resolveDir: project },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    // It warns of imports that do nothing; there is one below.
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

const gzipped = (code: string | Buffer) => gzipSync(code, { level: 9 }).length;

describe('the tarball', () => {
  const files = () => readdirSync(installed, { recursive: true, encoding: 'utf8' }).sort();

  it('has a module, a script, types, source maps, a licence and a page, and nothing else', () => {
    const others = files().filter((file) => /\.\w|[A-Z]{2}/.test(file) && !file.endsWith('.d.ts'));
    expect(others).toEqual([
      'README.md',
      'dist/LICENSE',
      'dist/colloquy-client.min.js',
      'dist/colloquy-client.min.js.map',
      'dist/index.js',
      'dist/index.js.map',
      'package.json',
    ]);
  });

  it('needs no other package', () => {
    const { dependencies, peerDependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(installed, 'package.json'), 'utf8'),
    );
    expect({ dependencies, peerDependencies, optionalDependencies }).toEqual({});
    for (const file of files().filter((name) => name.endsWith('.d.ts'))) {
      const addresses = readFileSync(join(installed, file), 'utf8').matchAll(/(?: from |import\()['"]([^'"]+)/g);
      for (const [, address] of addresses) expect(address).toMatch(/^\.{1,2}\/.*\.js$/);
    }
  });

  it('leads from a line of the module to the line that was written', () => {
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(installed, 'dist/index.js.map'), 'utf8'));
    const at = sources.indexOf('../src/client.ts');
    expect(sourcesContent[at]).toBe(readFileSync(new URL('../src/client.ts', import.meta.url), 'utf8'));
  });

  it.each(['bundler', 'nodenext'])('has types that tsc is content with: --moduleResolution %s', (resolution) => {
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    const flags = `--noEmit --strict --skipLibCheck false --target es2022 --lib es2022,dom --module ${module}`;
    const tsc = createRequire(import.meta.url)
      .resolve('typescript/package.json')
      .replace('package.json', 'bin/tsc');
    const args = [tsc, ...flags.split(' '), '--moduleResolution', resolution, 'types.ts'];
    const { stdout } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
    expect(stdout).toBe('');
  });
});

describe('the size', () => {
  it(`is at most ${limit} bytes for everything`, async () => {
    const size = gzipped(await bundle(`export * from '@colloquy/client'`));
    const script = gzipped(readFileSync(join(installed, 'dist/colloquy-client.min.js')));
    process.stdout.write(`@colloquy/client: ${size} of ${limit} bytes; its script for pages: ${script}\n`);
    expect(size, `Everything is ${size} bytes gzipped; the limit is ${limit}`).toBeLessThanOrEqual(limit);
    expect(size, 'So little cannot be everything').toBeGreaterThan(limit / 2);
    expect(script, `The script is ${script} bytes gzipped`).toBeLessThanOrEqual(limit + 500);
  });

  it('is next to nothing for an app that uses next to nothing', async () => {
    expect(await bundle(`import '@colloquy/client'`)).toBe('');
    const code = await bundle(`export { ColloquyError } from '@colloquy/client'`);
    const size = gzipped(code);
    process.stdout.write(`@colloquy/client, the error class alone: ${size} of ${errorLimit} bytes\n`);
    expect(size, `The error class alone is ${size} bytes gzipped`).toBeLessThanOrEqual(errorLimit);
    expect(code).toContain('ColloquyError');
  });
});

describe.skipIf(isSkipped)('in Chromium', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await Pages.open(project);
  });
  afterAll(() => pages?.close());

  const talk = async (path: string) => pages.talk(path, await server.pair(), { url: server.url });
  /** A page with one classic script. */
  const page = (folder: string) =>
    writeFileSync(join(project, folder, 'index.html'), '<!doctype html><script src="./main.js"></script>');

  it('talks when bundled with Vite', async () => {
    const build = { outDir: 'vite', emptyOutDir: false };
    await viteBuild({ root: project, configFile: false, base: './', logLevel: 'error', build });
    expect(await talk('vite/index.html')).toEqual(lunch);
  });

  it('talks when bundled with webpack', async () => {
    await new Promise<void>((resolve, reject) => {
      const output = { path: join(project, 'webpack'), filename: 'main.js' };
      webpack({ mode: 'production', context: project, entry: './main.js', output }, (error, stats) => {
        if (error || stats?.hasErrors() || stats?.hasWarnings()) reject(error ?? new Error(stats?.toString()));
        else resolve();
      });
    });
    page('webpack');
    expect(await talk('webpack/index.html')).toEqual(lunch);
  });

  it('talks when bundled with esbuild', async () => {
    const outfile = join(project, 'esbuild/main.js');
    await esbuild.build({ entryPoints: [join(project, 'main.js')], bundle: true, minify: true, outfile });
    page('esbuild');
    expect(await talk('esbuild/index.html')).toEqual(lunch);
  });

  it('talks when loaded by a script tag, as the global Colloquy', async () => {
    expect(await talk('script.html')).toEqual(lunch);
  });

  it('talks from another origin without a WebSocket', async () => {
    expect(await talk('no-websocket.html')).toEqual(lunch);
  });

  it('talks when imported without a bundler', async () => {
    expect(await talk('module.html')).toEqual(lunch);
  });
});

describe('in React Native', () => {
  it.each([
    ['with neither window nor location', {}],
    ['where window is the global object, and a page is not there', { window: { navigator: {} } }],
  ])('talks %s', async (_, more) => {
    const { Client } = (await runInReactNative(join(installed, 'dist/index.js'), more)) as { Client: unknown };
    const { talk } = await import(pathToFileURL(join(project, 'talk.js')).href);
    expect(await talk(Client, await server.pair(), { url: server.url })).toEqual(lunch);
  });
});

describe('in Node', () => {
  it('passes the tests of the SDK against the server, as its sources do', async () => {
    const vitest = createRequire(import.meta.url)
      .resolve('vitest/package.json')
      .replace('package.json', 'vitest.mjs');
    const env = { ...process.env, COLLOQUY_TEST_CLIENT: join(installed, 'dist/index.js') };
    const cwd = new URL('../../..', import.meta.url);
    // How it goes without them is another test's matter.
    const args = [vitest, 'run', 'compat/sdk/guide.test.ts', '-t', 'Through WebSockets'];
    const run = promisify(execFile)(process.execPath, args, { env, cwd });
    expect((await run).stdout).toMatch(/Tests .*passed/);
  }, 240_000);

  const run = async (flags: string[], ...more: string[]) => {
    const args = [...flags, 'in-node.js', JSON.stringify(await server.pair()), JSON.stringify({ url: server.url })];
    const { stdout } = await promisify(execFile)(process.execPath, [...args, ...more], { cwd: project });
    return JSON.parse(stdout);
  };

  it('does what its page on npm shows', async () => {
    const [, block] = /```js\n([\s\S]*?)```/.exec(readFileSync(join(installed, 'README.md'), 'utf8')) ?? [];
    const [token] = await server.pair();
    const given = `const token = ${JSON.stringify(token)}, url = ${JSON.stringify(server.url)};`;
    writeFileSync(join(project, 'readme.js'), `${given}\n${block}\nawait client.shutdown();`);
    const { stdout } = await promisify(execFile)(process.execPath, ['readme.js'], { cwd: project });
    expect(stdout).toMatch(/^ann \d+: At noon\?\n$/);
  });

  it('talks through the global WebSocket', async () => {
    expect(await run([])).toEqual(lunch);
  });

  it('talks through the ws package where there is none, as in Node 20', async () => {
    const ws = pathToFileURL(createRequire(import.meta.url).resolve('ws')).href;
    expect(await run(['--no-experimental-websocket'], ws)).toEqual(lunch);
  });

  it('talks over requests where there is neither', async () => {
    expect(await run(['--no-experimental-websocket'])).toEqual(lunch);
  });
});
