/** Builds what is stale: the packages with tsc, what they publish with esbuild, the playground with Vite. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run, runScript, Stop, step } from './child.mjs';
import { filesUnder } from './files.mjs';
import { root, setup } from './setup.mjs';

const stamps = join(root, 'node_modules', '.cache', 'colloquy');
const everywhere = ['package-lock.json', 'tsconfig.base.json'];

/**
 * What is built together. Inputs and outputs are files and folders, from the repository's root.
 *
 * @type {{ name: string, inputs: string[], outputs: string[], script: string, args: string[], cwd: string }[]}
 */
const targets = [
  {
    name: 'the packages',
    inputs: [
      ...everywhere,
      'tsconfig.json',
      ...['protocol', 'smpp', 'testing', 'server', 'client', 'react'].flatMap(inputsOf),
    ],
    outputs: ['protocol/dist', 'smpp/dist', 'testing/dist', 'server/dist', 'client/build', 'react/build'].map(
      (path) => `packages/${path}`,
    ),
    script: 'node_modules/typescript/bin/tsc',
    args: ['-b'],
    cwd: '.',
  },
  published('client'),
  published('react'),
  {
    name: 'the playground',
    inputs: [
      ...everywhere,
      ...['playground', 'protocol', 'client'].flatMap(inputsOf),
      ...['index.html', 'public', 'vite.config.ts'].map((name) => `packages/playground/${name}`),
    ],
    outputs: ['packages/playground/dist'],
    script: 'node_modules/vite/bin/vite.js',
    args: ['build', '--logLevel', 'warn'],
    cwd: 'packages/playground',
  },
];

/** @param {string} name a package's folder */
function inputsOf(name) {
  return ['package.json', 'tsconfig.json', 'src'].map((part) => `packages/${name}/${part}`);
}

/**
 * A package that apps install: bundled from its sources, with the types that tsc made before.
 *
 * @param {string} name a package's folder
 */
function published(name) {
  return {
    name: `what ${name} publishes`,
    inputs: [
      ...everywhere,
      'LICENSE',
      ...['arrange', 'arrows', 'bundle', 'module', 'shorten', 'source-maps'].map((script) => `scripts/${script}.mjs`),
      ...['internal-names', 'shape'].map((file) => `packages/${name}/${file}.json`),
      ...[name, 'protocol'].flatMap(inputsOf),
    ],
    outputs: [`packages/${name}/dist`],
    script: 'scripts/bundle.mjs',
    args: [name],
    cwd: '.',
  };
}

/**
 * @param {string} node the Node to build with
 * @throws Stop when a build fails
 */
export async function build(node) {
  for (const target of targets) {
    const stamp = join(stamps, `${target.name.replaceAll(' ', '-')}.stamp`);
    const inputs = fingerprint(target.inputs, contentOf);
    // Outputs count as well: somebody may have removed them, or built another version over them.
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs + fingerprint(target.outputs, dateOf)) continue;

    rmSync(stamp, { force: true });
    // From scratch, so that no file outlives its source.
    for (const output of target.outputs) rmSync(join(root, output), { recursive: true, force: true });
    const code = await step(`Building ${target.name}`, () =>
      run(node, [join(root, target.script), ...target.args], { cwd: join(root, target.cwd) }),
    );
    if (code !== 0) throw new Stop(`Building ${target.name} failed.`);
    mkdirSync(stamps, { recursive: true });
    writeFileSync(stamp, inputs + fingerprint(target.outputs, dateOf));
  }
}

/**
 * @param {readonly string[]} paths from the root
 * @param {(file: string) => string | Buffer} property what of a file counts
 */
function fingerprint(paths, property) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesUnder(join(root, path))) hash.update(`${relative(root, file)}\0`).update(property(file));
  }
  return hash.digest('hex');
}

/**
 * By content, since a checkout gives every file the date of the checkout.
 *
 * @param {string} file
 */
function contentOf(file) {
  return readFileSync(file);
}

/** @param {string} file */
function dateOf(file) {
  const { size, mtimeMs } = statSync(file);
  return `${size} ${mtimeMs}\0`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runScript(async () => {
    await build(await setup());
  });
}
