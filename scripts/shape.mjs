/**
 * Looks for the shape of a published module that gzip likes best, by trying, and keeps it in `shape.json` of the package: the
 * order of the module's parts and of the methods of its classes, and the short names of what is internal.
 * `node scripts/shape.mjs client 600 1`, for ten minutes, and at first also one that is a byte or so worse; with 0 at the
 * end, only better ones, which is what a good shape is made better with. What is added to the sources later stands at the
 * end of the module, or of its class, and has any name that is free, until then.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import { gzipSync } from 'node:zlib';
import { arrange, inOrder, partsOf, piecesOf } from './arrange.mjs';
import { runScript, Stop } from './child.mjs';
import { bundledModule, internalOf, minified, shapeOf } from './module.mjs';
import { root } from './setup.mjs';
import { chosen, namesIn, short, shorten } from './shorten.mjs';

/** @typedef {import('./arrange.mjs').Part} Part */
/** @typedef {import('./shorten.mjs').ShortNames} ShortNames */
/** @typedef {{ parts: readonly Part[], names: ShortNames }} State */

const firstMark = 0x4e00;
const isMark = /[\u4e00-\u9fff]/;

await runScript(async () => {
  const [name, seconds = '60', warmth = '1'] = process.argv.slice(2);
  if (!name) throw new Stop('Name the folder of a package: node scripts/shape.mjs client');
  const folder = join(root, 'packages', name);
  const { all, names, text, rivals } = await startOf(folder);
  const size = (/** @type {State} */ { parts, names }) =>
    gzipSync(text(inOrder(parts, {}), names), { level: 9 }).length;

  let present = { parts: all, names };
  let presentSize = size(present);
  let [best, least] = [present, presentSize];
  console.error(format('%d bytes at first', least));
  const [begin, length] = [Date.now(), Number(seconds) * 1000];
  for (let left = 1; left > 0; left = 1 - (Date.now() - begin) / length) {
    const tried =
      Math.random() < 0.4
        ? { ...present, names: renamed(present.names, rivals) }
        : { ...present, parts: changed(present.parts) };
    const reached = size(tried);
    // Simulated annealing: one that is a little worse may lead further, the less so the later it is.
    if (reached > presentSize - Number(warmth) * left * Math.log(Math.random())) continue;
    [present, presentSize] = [tried, reached];
    if (reached < least) [best, least] = [tried, reached];
  }
  console.error(format('%d bytes at last', least));
  const order = Object.fromEntries(best.parts.map(({ name, members }) => [name, members.map((member) => member.name)]));
  const lines = (/** @type {Record<string, unknown>} */ object) =>
    Object.entries(object)
      .map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      .join(',\n');
  const both = `{\n  "order": {\n${lines(order)}\n  },\n  "names": {\n${lines(best.names)}\n  }\n}\n`;
  writeFileSync(join(folder, 'shape.json'), both);
  return 0;
});

/**
 * @param {string} folder of a package
 * @returns {Promise<{ all: Part[], names: ShortNames, rivals: Map<string, Set<string>>, text: (parts: readonly Part[], names: ShortNames) => string }>}
 *   the parts in their present order, under the names that they have in the sources; and what is published of a shape
 */
async function startOf(folder) {
  const internal = internalOf(folder);
  const bundled = await bundledModule(folder);
  const { order = {}, names: wanted = {} } = shapeOf(folder);
  const { code, map } = arrange(bundled.code, bundled.map, order);
  const { rivals } = namesIn(code, internal);
  // Each as one Chinese letter, which is found again in what is minified, and which local names are not made from.
  const keys = [...rivals.keys()];
  const marks = Object.fromEntries(keys.map((key, at) => [key, String.fromCharCode(firstMark + at)]));
  const names = chosen(rivals, wanted);
  // Not quite those names: `{ t: t }` would become `{ t }`.
  const near = Object.fromEntries(keys.map((key) => [key, `${names[key]}é`]));
  const [like, as] = await Promise.all(
    [marks, near].map((forms) =>
      minified(
        shorten(code, map, internal, () => forms),
        { charset: 'utf8' },
      ),
    ),
  );
  const named = partsOf(code).parts;
  // Local names are made of the letters that are seen most, so they are taken from where the short names are.
  const words = /[\w$é\u4e00-\u9fff]+/g;
  const marked = like?.code.match(words) ?? [];
  let at = -1;
  const min = as?.code.replace(words, (word) => (isMark.test(marked[++at] ?? '') ? (marked[at] ?? '') : word)) ?? '';
  const { parts, rest } = partsOf(min);
  if (parts.length !== named.length) throw new Stop('Minified, the module has other parts than before.');
  const renamed = new Map(parts.map((part, at) => [part.name, named[at]?.name ?? '']));
  const all = parts.map((part, at) => ({
    ...part,
    name: renamed.get(part.name) ?? '',
    needs: part.needs.map((need) => renamed.get(need) ?? ''),
    members: part.members.map((member, index) => ({ ...member, name: named[at]?.members[index]?.name ?? '' })),
  }));
  const text = (/** @type {readonly Part[]} */ ordered, /** @type {ShortNames} */ names) =>
    piecesOf(ordered, rest)
      .map((piece) => (typeof piece === 'string' ? piece.replace('\n', '') : min.slice(...piece)))
      .join('')
      .replace(/;+/g, ';')
      .replaceAll(';var ', ',')
      .replaceAll(';}', '}')
      .replace(/[\u4e00-\u9fff]/g, (mark) => names[keys[mark.charCodeAt(0) - firstMark] ?? ''] ?? '');
  return { all, names, rivals, text };
}

/** @param {readonly Part[]} parts @returns {Part[]} with one of them, or one method, in another place */
function changed(parts) {
  const tried = [...parts];
  const large = tried.filter(({ members }) => members.length > 1);
  if (Math.random() < 0.35 || !large.length) return moved(tried);
  const part = /** @type {Part} */ (large[Math.floor(Math.random() * large.length)]);
  tried[tried.indexOf(part)] = { ...part, members: moved(part.members) };
  return tried;
}

/**
 * @template T
 * @param {readonly T[]} list
 * @returns {T[]}
 */
function moved(list) {
  const other = [...list];
  const any = () => Math.floor(Math.random() * list.length);
  other.splice(any(), 0, ...other.splice(any(), 1));
  return other;
}

/**
 * @param {ShortNames} names
 * @param {ReadonlyMap<string, ReadonlySet<string>>} rivals
 * @returns {ShortNames} one of them is another one; who had that changes with it
 */
function renamed(names, rivals) {
  const keys = Object.keys(names);
  const name = keys[Math.floor(Math.random() * keys.length)] ?? '';
  const form = short[Math.floor(Math.random() ** 2 * 54)] ?? '';
  const displaced = [...(rivals.get(name) ?? [])].filter((rival) => names[rival] === form);
  const swapped = Object.fromEntries(displaced.map((rival) => [rival, names[name] ?? '']));
  return chosen(rivals, { ...names, [name]: form, ...swapped });
}
