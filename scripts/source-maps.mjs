/** Source maps, version 3, of code that is taken apart, put together and changed. */

/** @typedef {[offset: number, ...target: number[]]} Segment where in the code; source, line, column and name, as far as there are any */
/** @typedef {readonly [start: number, end: number, text: string]} Edit a range of a code, and what takes its place */

/**
 * @param {string} code
 * @param {string} map its source map
 * @param {readonly Edit[]} edits from the first place to the last
 * @returns {{ code: string, map: string }}
 */
export function edited(code, map, edits) {
  const known = segmentsOf(code, JSON.parse(map).mappings);
  /** @type {Segment[]} */
  const moved = [];
  let [text, place, at] = ['', 0, 0];
  for (const [start, end, replacement] of [...edits, /** @type {const} */ ([code.length, code.length, ''])]) {
    for (; at < known.length; at += 1) {
      const [offset, ...target] = /** @type {Segment} */ (known[at]);
      if (offset > start) break;
      moved.push([offset - place + text.length, ...target]);
    }
    text += code.slice(place, start) + replacement;
    // What was inside is there no more.
    while ((known[at]?.[0] ?? code.length) < end) at += 1;
    place = end;
  }
  return { code: text, map: JSON.stringify({ ...JSON.parse(map), mappings: mappingsOf(text, moved) }) };
}

/**
 * @param {string} code between the two
 * @param {string} first its source map
 * @param {string} second map of what was made of it
 * @param {string} made
 * @returns {string} map of what was made, to the sources of the first
 */
export function composed(code, first, second, made) {
  const known = segmentsOf(code, JSON.parse(first).mappings);
  const starts = linesOf(code);
  const segments = segmentsOf(made, JSON.parse(second).mappings).flatMap(([offset, , line = 0, column = 0]) => {
    const place = (starts[line] ?? 0) + column;
    const [, ...target] = known.findLast(([known]) => known <= place) ?? [];
    return /** @type {Segment[]} */ (target.length ? [[offset, ...target]] : []);
  });
  return JSON.stringify({ ...JSON.parse(first), mappings: mappingsOf(made, segments) });
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * @param {string} code
 * @returns {number[]} where its lines begin
 */
function linesOf(code) {
  return [0, ...[...code.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

/**
 * @param {string} code
 * @param {string} mappings of a source map, version 3
 * @returns {Segment[]}
 */
export function segmentsOf(code, mappings) {
  const starts = linesOf(code);
  const before = [0, 0, 0, 0, 0];
  return mappings.split(';').flatMap((line, at) => {
    before[0] = 0;
    return line.split(',').flatMap((segment) => {
      if (!segment) return [];
      const numbers = numbersOf(segment).map((number, field) => (before[field] = (before[field] ?? 0) + number));
      const [column = 0, ...target] = numbers;
      return /** @type {Segment[]} */ ([[(starts[at] ?? 0) + column, ...target]]);
    });
  });
}

/**
 * @param {string} code
 * @param {readonly Segment[]} segments
 */
export function mappingsOf(code, segments) {
  const before = [0, 0, 0, 0, 0];
  let at = 0;
  return linesOf(code)
    .map((start, line, starts) => {
      const end = starts[line + 1] ?? code.length;
      const found = [];
      before[0] = 0;
      for (; at < segments.length && (segments[at]?.[0] ?? 0) < end; at += 1) {
        const [offset, ...target] = /** @type {Segment} */ (segments[at]);
        const numbers = [offset - start, ...target];
        found.push(numbers.map((number, field) => digitsOf(number - (before[field] ?? 0))).join(''));
        numbers.forEach((number, field) => {
          before[field] = number;
        });
      }
      return found.join(',');
    })
    .join(';');
}

/**
 * @param {string} text variable-length quantities to the base of 64
 * @returns {number[]}
 */
function numbersOf(text) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (const digit of text) {
    const bits = digits.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = shift = 0;
  }
  return numbers;
}

/** @param {number} number */
function digitsOf(number) {
  let value = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = '';
  do {
    text += digits[(value & 31) | (value > 31 ? 32 : 0)];
    value >>= 5;
  } while (value);
  return text;
}
