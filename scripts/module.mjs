/** The one module that a package publishes, as esbuild makes it of the sources: bundled, put in
 * order, minified. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import * as terser from 'terser';
import { minifySync } from 'vite';
import { arrange } from './arrange.mjs';
import { arrows } from './arrows.mjs';
import { Stop } from './child.mjs';
import { chosen, shorten } from './shorten.mjs';
import { composed } from './source-maps.mjs';

/** Internal members of published classes; they get short names. What has two underscores is somebody else's. */
const internal = '_[a-zA-Z]\\w*';
const target = 'es2022';

/** @typedef {{ code: string, map: string }} Code with its source map */
/** @typedef {{ order?: import('./arrange.mjs').Order, names?: import('./shorten.mjs').ShortNames }} Shape that gzip likes */

/** @param {string} folder of a package */
export function manifestOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const external = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return { manifest, external };
}

/** @param {string} file of JSON, which need not be there */
function readIf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/**
 * @param {string} folder of a package
 * @returns {import('./shorten.mjs').Internal} what it has in `internal-names.json`, if anything
 */
export function internalOf(folder) {
  const { properties = [], classes = [], records = {} } = readIf(join(folder, 'internal-names.json')) ?? {};
  return { properties: new RegExp(`^(${[internal, ...properties].join('|')})$`), classes, records };
}

/** @param {string} folder of a package @returns {Shape} what it has in `shape.json`, if anything */
export function shapeOf(folder) {
  return readIf(join(folder, 'shape.json')) ?? {};
}

/**
 * @param {string} folder of a package
 * @returns {Promise<Code>} all of it, with the names of the sources
 */
export async function bundledModule(folder) {
  const { manifest, external } = manifestOf(folder);
  const { outputFiles } = await esbuild.build({
    absWorkingDir: folder,
    entryPoints: [manifest.exports['.']['@colloquy/source']],
    conditions: ['@colloquy/source'],
    external,
    bundle: true,
    minifySyntax: true,
    target,
    format: 'esm',
    outfile: join(folder, manifest.exports['.'].default),
    sourcemap: 'external',
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  });
  const output = (/** @type {string} */ end) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
  const { code, map } = await compressed({ code: output('.js'), map: output('.map') });
  return arrows(code, map);
}

/**
 * @param {string} folder of a package; where there is a `shape.json` in it, the module is in that order
 * @returns {Promise<Code & { shortened: string[] }>} not minified yet, and which names are not those of the sources
 */
export async function shapedModule(folder) {
  const bundled = await bundledModule(folder);
  const { order, names } = shapeOf(folder);
  const arranged = order ? arrange(bundled.code, bundled.map, order) : bundled;
  const module = shorten(arranged.code, arranged.map, internalOf(folder), (rivals) => chosen(rivals, names ?? {}));
  const shortened = Object.keys(module.names);
  const text = shortened.find((name) => new RegExp(`["'\`]${name}["'\`]`).test(bundled.code));
  if (text) throw new Stop(`${text} is no internal name: it is a text as well. Take it out of internal-names.json.`);
  return { code: module.code, map: module.map, shortened };
}

/**
 * What esbuild does not do: constants in the place of their names, and shorter forms of conditions. Rolldown's minifier and
 * terser know different ones. Functions stay where they are: put where they are called, they are alike no more.
 *
 * @param {Code} module
 * @returns {Promise<Code>}
 */
async function compressed({ code, map }) {
  const options = { compress: { target }, mangle: false, codegen: { removeWhitespace: false }, sourcemap: true };
  const first = minifySync('index.js', code, { module: true, ...options });
  const second = await terser.minify(first.code, {
    module: true,
    mangle: false,
    compress: { inline: false, reduce_funcs: false },
    format: { beautify: true, ecma: 2020 },
    sourceMap: { content: composed(code, map, JSON.stringify(first.map), first.code), includeSources: true },
  });
  return { code: second.code ?? '', map: String(second.map) };
}

/**
 * @param {Code} module
 * @param {esbuild.TransformOptions} [options]
 * @returns {Promise<Code>}
 */
export async function minified({ code, map }, options) {
  const inline = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`;
  return esbuild.transform(`${code}\n${inline}`, {
    minify: true,
    format: 'esm',
    target,
    sourcemap: 'external',
    legalComments: 'none',
    ...options,
  });
}
