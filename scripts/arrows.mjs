/** Makes the functions of a module arrow functions in variables, which are shorter, and alike. */
import { parseAst } from 'vite';
import { edited } from './source-maps.mjs';

/** @typedef {import('./arrange.mjs').Node} Node */

/**
 * @param {string} code of a module
 * @param {string} map its source map
 * @returns {{ code: string, map: string }}
 */
export function arrows(code, map) {
  const functions = /** @type {Node[]} */ (parseAst(code).body).filter(
    ({ type, generator, body }) => type === 'FunctionDeclaration' && !generator && !ownsThis(body),
  );
  const edits = functions.flatMap(({ start, end, id, body, async }) => [
    /** @type {const} */ ([start, id.start, 'var ']),
    /** @type {const} */ ([id.end, id.end, async ? ' = async ' : ' = ']),
    /** @type {const} */ ([body.start, body.start, '=> ']),
    /** @type {const} */ ([end, end, ';']),
  ]);
  return edited(code, map, edits);
}

/** @param {Node} node @returns {boolean} whether it says `this` or `arguments`, and means that of the function that it is in */
function ownsThis(node) {
  if (!node || typeof node.type !== 'string' || /^(Function|Class)/.test(node.type)) return false;
  if (node.type === 'ThisExpression' || (node.type === 'Identifier' && node.name === 'arguments')) return true;
  return Object.values(node).flat().some(ownsThis);
}
