/**
 * Puts the parts of a module in another order: its functions, variables and classes, and the methods of these. Programs do
 * not see it, but gzip does: what is alike had better stand together. `scripts/shape.mjs` finds a good order.
 */
import { parseAst } from 'vite';
import { mappingsOf, segmentsOf } from './source-maps.mjs';

/**
 * A function, a variable or a class. Texts are pieces of code that are not in the source map, pairs are ranges of it.
 *
 * @typedef {string | readonly [start: number, end: number]} Piece
 * @typedef {{ name: string, needs: string[], head: Piece[], members: { name: string, range: Piece }[], tail: Piece[] }} Part
 * @typedef {Record<string, string[]>} Order names of parts in their order, each with those of its methods
 * @typedef {any} Node of the syntax tree
 * @typedef {import('./source-maps.mjs').Segment} Segment
 */

/**
 * @param {string} code of a module that imports nothing
 * @returns {{ parts: Part[], rest: Piece[] }} what can be moved, and the exports, which come last
 */
export function partsOf(code) {
  /** @type {Part[]} */
  const parts = [];
  /** @type {Piece[]} */
  const rest = [];
  for (const node of /** @type {Node[]} */ (parseAst(code).body)) {
    if (node.type === 'VariableDeclaration') {
      for (const one of node.declarations) parts.push(partOf(one.id.name, one.init, [`${node.kind} `, one], ';\n'));
    } else if (node.type.startsWith('Export')) {
      rest.push([node.start, node.end]);
    } else {
      parts.push(partOf(node.id.name, node, ['', node], '\n'));
    }
  }
  const names = new Set(parts.map(({ name }) => name));
  for (const part of parts) part.needs = part.needs.filter((name) => names.has(name) && name !== part.name);
  return { parts, rest };
}

/**
 * @param {string} name
 * @param {Node} value
 * @param {[before: string, whole: Node]} whole
 * @param {string} after
 * @returns {Part}
 */
function partOf(name, value, [before, { start, end }], after) {
  const needs = neededBy(value);
  if (!value?.type.startsWith('Class'))
    return { name, needs, head: [before, [start, end]], members: [], tail: [after] };
  const { body } = value.body;
  const isMethod = (/** @type {Node} */ member) =>
    member.type === 'MethodDefinition' && member.kind !== 'constructor' && !member.static;
  /** @type {Piece[]} */
  const fixed = body.filter((/** @type {Node} */ member) => !isMethod(member)).flatMap(rangeAndEnd);
  return {
    name,
    needs,
    head: [before, [start, value.body.start + 1], ...fixed],
    members: body.filter(isMethod).map((/** @type {Node} */ { kind, key, start, end }) => ({
      name: `${kind === 'method' ? '' : `${kind} `}${key.type === 'PrivateIdentifier' ? '#' : ''}${key.name ?? 'computed'}`,
      range: [start, end],
    })),
    tail: [[value.body.end - 1, end], after],
  };
}

/** @param {Node} node */
function rangeAndEnd({ type, start, end }) {
  return [[start, end], type === 'MethodDefinition' ? '\n' : ';\n'];
}

/**
 * The names that count when the module is loaded, not only when a function of it is called.
 *
 * @param {Node} node
 * @returns {string[]}
 */
function neededBy(node) {
  if (!node || typeof node.type !== 'string' || /Function/.test(node.type)) return [];
  if (node.type === 'Identifier') return [node.name];
  if (node.type === 'MethodDefinition' || (node.type === 'PropertyDefinition' && !node.static)) return [];
  return Object.values(node).flat().flatMap(neededBy);
}

/**
 * @param {readonly Part[]} parts
 * @param {Order} order what it does not name comes last
 * @returns {Part[]} with what each needs before it
 */
export function inOrder(parts, order) {
  /** @type {Set<Part>} */
  const sorted = new Set();
  const byName = new Map(parts.map((part) => [part.name, part]));
  const add = (/** @type {Part | undefined} */ part) => {
    if (!part || sorted.has(part)) return;
    for (const name of part.needs) add(byName.get(name));
    sorted.add(part);
  };
  for (const name of Object.keys(order)) add(byName.get(name));
  parts.forEach(add);
  return [...sorted].map((part) => {
    const places = new Map((order[part.name] ?? []).map((name, at) => [name, at]));
    const place = (/** @type {string} */ name) => places.get(name) ?? places.size;
    return { ...part, members: part.members.toSorted((a, b) => place(a.name) - place(b.name)) };
  });
}

/**
 * @param {readonly Part[]} parts
 * @param {readonly Piece[]} rest
 * @returns {Piece[]}
 */
export function piecesOf(parts, rest) {
  return [
    ...parts.flatMap(({ head, members, tail }) => [...head, ...members.flatMap(({ range }) => [range, '\n']), ...tail]),
    ...rest,
  ];
}

/**
 * @param {string} code
 * @param {string} map its source map
 * @param {Order} order
 * @returns {{ code: string, map: string }}
 */
export function arrange(code, map, order) {
  const { parts, rest } = partsOf(code);
  const known = segmentsOf(code, JSON.parse(map).mappings);
  /** @type {Segment[]} */
  const moved = [];
  let text = '';
  for (const piece of piecesOf(inOrder(parts, order), rest)) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    const [start, end] = piece;
    for (const [offset, ...target] of known) {
      if (offset >= start && offset < end) moved.push([offset - start + text.length, ...target]);
    }
    text += code.slice(start, end);
  }
  return { code: text, map: JSON.stringify({ ...JSON.parse(map), mappings: mappingsOf(text, moved) }) };
}
