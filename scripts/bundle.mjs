/**
 * Makes what a package publishes, in its `dist`: one module, a script for pages if package.json names one (`unpkg`),
 * source maps, and the types that can be reached from its entry. `node scripts/bundle.mjs client`, after `tsc -b`.
 * Why so: docs/decisions/0009-one-module-is-published.md.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { runScript, Stop } from './child.mjs';
import { filesUnder } from './files.mjs';
import { root } from './setup.mjs';

/** Internal members of published classes; they get short names. What has two underscores is somebody else's. */
const internal = /^_[a-z]/i;
/** The global that the script for pages sets. */
const globalName = 'Colloquy';
/** Imports of a declaration file, as tsc writes them: what stands before the address, its quote, the address. */
const imports = /((?:^(?:import|export)\b[^;'"=]*\bfrom|^import|\bimport\()\s*)(['"])([^'"]+)\2/gm;

await runScript(async () => {
  const [name] = process.argv.slice(2);
  if (!name) throw new Stop('Name the folder of a package: node scripts/bundle.mjs client');
  await bundle(join(root, 'packages', name));
  return 0;
});

/** @param {string} folder of the package */
async function bundle(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const external = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const dist = join(folder, 'dist');
  mkdirSync(dist, { recursive: true });
  copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));

  const types = copyTypes(join(folder, 'build'), dist, external);
  /** @type {esbuild.BuildOptions} */
  const options = {
    absWorkingDir: folder,
    entryPoints: [manifest.exports['.']['@colloquy/source']],
    conditions: ['@colloquy/source'],
    external,
    bundle: true,
    minify: true,
    mangleProps: internal,
    mangleCache: {},
    target: 'es2022',
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
  };
  const module = join(folder, manifest.exports['.'].default);
  // Node shows the line in which an error was thrown; that must not be everything.
  const { mangleCache } = await esbuild.build({ ...options, format: 'esm', lineLimit: 400, outfile: module });
  markPure(module);
  checkNames(Object.keys(mangleCache ?? {}), [...types, ...filesUnder(join(root, 'packages/protocol/src'))]);
  report(module);
  if (!manifest.unpkg) return;
  const script = join(folder, manifest.unpkg);
  const banner = { js: `/*! ${manifest.name} ${manifest.version} | ${manifest.license} */` };
  await esbuild.build({ ...options, format: 'iife', globalName, banner, outfile: script });
  report(script);
}

/**
 * Copies the declarations that can be reached from the entry, so that nothing internal is published.
 *
 * @param {string} from where tsc put them
 * @param {string} to
 * @param {readonly string[]} external packages that users of this one have
 * @returns {string[]} the files that were written
 * @throws Stop when they need what users do not have
 */
function copyTypes(from, to, external) {
  const found = new Set([join(from, 'index.d.ts')]);
  const written = [];
  for (const file of found) {
    // tsc leaves the names of sources in them, which only its newest versions understand.
    const text = readFileSync(file, 'utf8').replace(imports, (_, before, quote, address) => {
      if (address.startsWith('.')) found.add(join(dirname(file), address.replace(/\.tsx?$/, '.d.ts')));
      else if (!external.some((name) => address === name || address.startsWith(`${name}/`))) {
        throw new Stop(
          `The published types must not need ${address}, but ${relative(from, file)} imports it. ` +
            'Mark as @internal what leads there.',
        );
      }
      return before + quote + address.replace(/^(\..*)\.tsx?$/, '$1.js') + quote;
    });
    const target = join(to, relative(from, file));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    written.push(target);
  }
  return written;
}

/**
 * Marks what fills the classes, so that a bundler drops the classes of which an app uses nothing. The sources say so, but
 * esbuild takes the marks out together with the white space. Source maps of the few lines are some columns off by it.
 *
 * @param {string} module
 */
function markPure(module) {
  const text = readFileSync(module, 'utf8');
  writeFileSync(module, text.replaceAll(/(static [\w$]+=)([\w$]+\([\w$]+,\[)/g, '$1/*@__PURE__*/$2'));
}

/**
 * @param {readonly string[]} names that were shortened
 * @param {readonly string[]} files whose names others know: published types, and what goes over the wire
 * @throws Stop when one of them must stay as it is
 */
function checkNames(names, files) {
  for (const file of files) {
    const words = new Set(readFileSync(file, 'utf8').match(/[\w$]+/g));
    const known = names.find((name) => words.has(name));
    if (known) {
      throw new Stop(
        `${known} would be shortened, since it begins with an underscore, but ${relative(root, file)} names it. ` +
          'Mark it @internal, or give it a name without an underscore.',
      );
    }
  }
}

/** @param {string} file */
function report(file) {
  const size = gzipSync(readFileSync(file), { level: 9 }).length;
  console.error(`${relative(root, file)}: ${(size / 1000).toFixed(2)} kB gzipped`);
}
