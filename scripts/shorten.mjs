/**
 * Gives the internal names of a module short ones: those of properties that nobody else knows, and those of the `#private`
 * members of classes that no program gets hold of, which become plain ones. Two names may be given the same short one when
 * no object has both. So they are few, and alike from class to class, which is what gzip lives on.
 */
import { parseAst } from 'vite';
import { edited } from './source-maps.mjs';

/**
 * @typedef {{ properties: RegExp, classes: readonly string[], records: Record<string, readonly string[]> }} Internal names;
 *   classes whose private members are internal, too; and objects of no class, by their kinds, with those of the names that
 *   nothing else has
 * @typedef {{ start: number, end: number, name: string, after: string }} Place of a name in a code; `after` it stands what the short form needs
 * @typedef {Record<string, string>} ShortNames by the name in the sources; private members with their class: `Feed#run`
 * @typedef {import('./arrange.mjs').Node} Node
 * @typedef {{ superclass?: string | undefined, members: Set<string>, isInternal: boolean, name: string }} Class
 */

const letters = 'teisnarohdmlpgcyfMSjbvwuTxCkUROAPNLEIqBDFzGHJKQVWXYZ_$';
/** Where those are not enough. */
const pairs = [...letters].flatMap((first) => [...letters].map((second) => first + second));
/** What may be chosen from, the likeliest first. */
export const short = [...letters, ...pairs.filter((pair) => /^[A-Z][a-z]$/.test(pair))];

/**
 * @param {string} code of a module
 * @param {Internal} internal
 * @returns {{ places: Place[], removed: Place[], rivals: Map<string, Set<string>> }} where names stand; private fields
 *   without a value, which a plain one need not be declared for; and for each name those that need another short one
 */
export function namesIn(code, { properties, classes, records }) {
  /** @type {Place[]} */
  const places = [];
  /** @type {Place[]} */
  const removed = [];
  /** @type {Map<string, Class>} */
  const found = new Map();

  const add = (/** @type {Node} */ { start, end }, /** @type {string} */ name, after = '') =>
    void places.push({ start, end, name, after });

  /** @returns {string | undefined} the name that stands for it here, if it is one to be shortened */
  const nameOf = (/** @type {Node} */ key, /** @type {Class | undefined} */ inside) => {
    if (key.type === 'PrivateIdentifier') return inside?.isInternal ? `${inside.name}#${key.name}` : undefined;
    return key.type === 'Identifier' && properties.test(key.name) ? key.name : undefined;
  };

  const visit = (
    /** @type {Node} */ node,
    /** @type {Class | undefined} */ inside,
    /** @type {string} */ called = '',
  ) => {
    if (!node || typeof node.type !== 'string') return;
    if (/^Class(Declaration|Expression)$/.test(node.type)) {
      const name = called || node.id?.name;
      const one = { name, superclass: node.superClass?.name, members: new Set(), isInternal: classes.includes(name) };
      found.set(name, one);
      visit(node.body, one);
      return;
    }
    const { key = node.property, computed } = node;
    const name = key && !computed ? nameOf(key, inside) : undefined;
    if (node.type === 'MemberExpression') {
      if (name) add(key, name);
      if (name && node.object.type === 'ThisExpression') inside?.members.add(name);
      visit(node.object, inside);
      if (computed) visit(key, inside);
    } else if (node.type === 'MethodDefinition' || node.type === 'PropertyDefinition') {
      if (name && !node.static) inside?.members.add(name);
      if (name?.includes('#') && node.type === 'PropertyDefinition' && !node.value)
        removed.push({ ...node, name, after: '' });
      else if (name) add(key, name);
      if (computed) visit(key, inside);
      visit(node.value, inside);
    } else if (node.type === 'Property') {
      if (name && node.shorthand) add({ start: key.start, end: key.start }, name, ':');
      else if (name) add(key, name);
      if (computed) visit(key, inside);
      visit(node.value, inside);
    } else if (node.type === 'BinaryExpression' && node.left.type === 'PrivateIdentifier') {
      throw new Error('`#x in y` cannot be told of plain members.');
    } else {
      const own = node.type === 'VariableDeclarator' ? node.id.name : '';
      for (const part of Object.values(node).flat()) visit(part, inside, own);
    }
  };
  visit(parseAst(code), undefined);
  const names = new Set([...places, ...removed].map(({ name }) => name));
  return { places, removed, rivals: rivalsOf(names, [...ownedBy(found), ...Object.values(records)]) };
}

/**
 * @param {ReadonlyMap<string, Class>} classes
 * @returns {string[][]} the members of each, with those that it inherits
 */
function ownedBy(classes) {
  return [...classes.values()].map((one) => {
    const members = [...one.members];
    for (let above = classes.get(one.superclass ?? ''); above; above = classes.get(above.superclass ?? ''))
      members.push(...above.members);
    return members;
  });
}

/**
 * @param {ReadonlySet<string>} names
 * @param {readonly (readonly string[])[]} together names that one object may have
 * @returns {Map<string, Set<string>>}
 */
function rivalsOf(names, together) {
  const owned = new Set(together.flat());
  // Of one that nothing is seen to have, nobody knows which objects have it.
  const unowned = [...names].filter((name) => !owned.has(name));
  const found = [...names].map((name) => {
    const rivals = owned.has(name) ? together.filter((members) => members.includes(name)).flat() : names;
    return /** @type {const} */ ([name, new Set([...rivals, ...unowned])]);
  });
  return new Map(found);
}

/**
 * @param {ReadonlyMap<string, ReadonlySet<string>>} rivals
 * @param {ShortNames} wanted
 * @returns {ShortNames} as wanted where that is possible; the others have the first that is free
 */
export function chosen(rivals, wanted) {
  /** @type {ShortNames} */
  const names = {};
  const isFree = (/** @type {string} */ name, /** @type {string} */ form) =>
    [...(rivals.get(name) ?? [])].every((rival) => rival === name || names[rival] !== form);
  for (const name of rivals.keys()) {
    const form = Object.hasOwn(wanted, name) ? wanted[name] : undefined;
    if (form && short.includes(form) && isFree(name, form)) names[name] = form;
  }
  for (const name of rivals.keys()) names[name] ??= short.find((form) => isFree(name, form)) ?? name;
  return names;
}

/**
 * @param {string} code of a module
 * @param {string} map its source map
 * @param {Internal} internal
 * @param {(rivals: Map<string, Set<string>>) => ShortNames} choose
 * @returns {{ code: string, map: string, names: ShortNames }}
 */
export function shorten(code, map, internal, choose) {
  const { places, removed, rivals } = namesIn(code, internal);
  const names = choose(rivals);
  const edits = [
    ...places.map(({ start, end, name, after }) => /** @type {const} */ ([start, end, `${names[name]}${after}`])),
    ...removed.map(({ start, end }) => /** @type {const} */ ([start, end, ''])),
  ];
  return {
    ...edited(
      code,
      map,
      edits.sort((a, b) => a[0] - b[0]),
    ),
    names,
  };
}
