/**
 * Makes what a package publishes, in its `dist`: one module, a script for pages if package.json names one (`unpkg`),
 * source maps, and the types that can be reached from its entry. `node scripts/bundle.mjs client`, after `tsc -b`.
 * Why so: docs/decisions/0009-one-module-is-published.md.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { runScript, Stop } from './child.mjs';
import { filesUnder } from './files.mjs';
import { internalOf, manifestOf, minified, shapedModule } from './module.mjs';
import { root } from './setup.mjs';

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
  const { manifest, external } = manifestOf(folder);
  const dist = join(folder, 'dist');
  mkdirSync(dist, { recursive: true });
  copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));

  const types = copyTypes(join(folder, 'build'), dist, external);
  const module = await shapedModule(folder);
  checkNames(module.shortened, [...types, ...filesUnder(join(root, 'packages/protocol/src')), ...platformTypes()]);
  checkClasses(internalOf(folder).classes, types);
  // Node shows the line in which an error was thrown; that must not be everything.
  const { code, map } = await minified(module, { lineLimit: 400 });
  const file = join(folder, manifest.exports['.'].default);
  write(file, markPure(code), map);
  report(file, await inAnApp(file, external));
  if (!manifest.unpkg) return;
  const banner = `/*! ${manifest.name} ${manifest.version} | ${manifest.license} */`;
  const script = await minified(module, { format: 'iife', globalName, banner });
  write(join(folder, manifest.unpkg), script.code, script.map);
  report(join(folder, manifest.unpkg), readFileSync(join(folder, manifest.unpkg)));
}

/**
 * @param {string} file
 * @param {string} code
 * @param {string} map
 */
function write(file, code, map) {
  writeFileSync(file, `${code}//# sourceMappingURL=${basename(file)}.map\n`);
  writeFileSync(`${file}.map`, map);
}

/**
 * What an app gets of all of it, whose own bundler minifies it once more: the size that the limit in the package's tests
 * and README are about.
 *
 * @param {string} file
 * @param {readonly string[]} external
 */
async function inAnApp(file, external) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    format: 'esm',
    external: [...external],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

/**
 * @param {string} file
 * @param {string | Buffer} code as pages load it
 */
function report(file, code) {
  const size = gzipSync(code, { level: 9 }).length;
  console.error(`${relative(root, file)}: ${(size / 1000).toFixed(2)} kB minified and gzipped`);
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
 * @param {string} code of a module
 */
function markPure(code) {
  return code.replaceAll(/(static\s+[\w$]+=\s*)([\w$]+\(\s*[\w$]+,\s*\[)/g, '$1/*@__PURE__*/$2');
}

/**
 * @param {readonly string[]} classes whose private members become plain ones
 * @param {readonly string[]} types published ones
 * @throws Stop when programs could get hold of their objects
 */
function checkClasses(classes, types) {
  const known = new Set(types.flatMap((file) => readFileSync(file, 'utf8').match(/(?<=\bclass )\w+/g) ?? []));
  const open = classes.find((name) => known.has(name));
  if (open) throw new Stop(`The published types name ${open}. Take it out of internal-names.json.`);
}

/** What JavaScript and browsers have themselves, as TypeScript knows it. */
function platformTypes() {
  const found = filesUnder(join(root, 'node_modules/@typescript')).filter((file) =>
    /lib\.(es|dom)[^/\\]*\.d\.ts$/.test(file),
  );
  if (!found.length) throw new Stop('The types of the platform are not where TypeScript 7 has them.');
  return found;
}

/**
 * @param {readonly string[]} names that were shortened
 * @param {readonly string[]} files whose names others know: published types, what goes over the wire, and the platform
 * @throws Stop when one of them must stay as it is
 */
function checkNames(names, files) {
  for (const file of files) {
    // Comments and sentences are no names.
    const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]* [^'\n]*'/g, '');
    const words = new Set(code.match(/[\w$]+/g));
    const known = names.find((name) => words.has(name));
    if (known) {
      throw new Stop(
        `${known} would be shortened, as an internal name, but ${relative(root, file)} names it. ` +
          'Mark it @internal, or give it a name without an underscore.',
      );
    }
  }
}
