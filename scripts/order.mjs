/**
 * Looks for the order of a published module's parts that gzip likes best, by trying, and keeps it in `order.json` of the
 * package: `node scripts/order.mjs client 600 1`, for ten minutes, and at first also one that is a byte or so worse; with
 * 0 at the end, only better ones, which is what a good order is made better with. What is added to the sources later stands
 * at the end of the module, or of its class, until then.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import { gzipSync } from 'node:zlib';
import { inOrder, partsOf, piecesOf } from './arrange.mjs';
import { runScript, Stop } from './child.mjs';
import { arrangedModule, minified } from './module.mjs';
import { root } from './setup.mjs';

/** @typedef {import('./arrange.mjs').Part} Part */

await runScript(async () => {
  const [name, seconds = '60', warmth = '1'] = process.argv.slice(2);
  if (!name) throw new Stop('Name the folder of a package: node scripts/order.mjs client');
  const folder = join(root, 'packages', name);
  const module = await arrangedModule(folder);
  const named = partsOf(module.code).parts;
  const { code: short } = await minified(module);
  const { parts, rest } = partsOf(short);
  if (parts.length !== named.length) throw new Stop('Minified, the module has other parts than before.');
  // The same parts by the names that they have in the sources.
  const renamed = new Map(parts.map((part, at) => [part.name, named[at]?.name ?? '']));
  const all = parts.map((part, at) => ({
    ...part,
    name: renamed.get(part.name) ?? '',
    needs: part.needs.map((need) => renamed.get(need) ?? ''),
    members: part.members.map((member, index) => ({ ...member, name: named[at]?.members[index]?.name ?? '' })),
  }));
  const text = (/** @type {readonly Part[]} */ ordered) =>
    piecesOf(ordered, rest)
      .map((piece) => (typeof piece === 'string' ? piece.replace('\n', '') : short.slice(...piece)))
      .join('');
  const size = (/** @type {readonly Part[]} */ ordered) => gzipSync(text(inOrder(ordered, {})), { level: 9 }).length;

  let [present, presentSize] = [/** @type {readonly Part[]} */ (all), size(all)];
  let [best, least] = [present, presentSize];
  console.error(format('%d bytes at first', least));
  const [begin, length] = [Date.now(), Number(seconds) * 1000];
  for (let left = 1; left > 0; left = 1 - (Date.now() - begin) / length) {
    const tried = changed(present);
    const reached = size(tried);
    // Simulated annealing: one that is a little worse may lead further, the less so the later it is.
    if (reached > presentSize - Number(warmth) * left * Math.log(Math.random())) continue;
    [present, presentSize] = [tried, reached];
    if (reached < least) [best, least] = [tried, reached];
  }
  console.error(format('%d bytes at last', least));
  const order = Object.fromEntries(best.map(({ name, members }) => [name, members.map((member) => member.name)]));
  const lines = Object.entries(order).map(([part, members]) => `${JSON.stringify(part)}: ${JSON.stringify(members)}`);
  writeFileSync(join(folder, 'order.json'), `{\n${lines.map((line) => `  ${line}`).join(',\n')}\n}\n`);
  return 0;
});

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
