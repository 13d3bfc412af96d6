/**
 * Texts that come back as they were sent. Half a surrogate pair has no UTF-8, and not every database stores U+0000.
 * What programs send is refused where it has either; what networks bring cannot be, since nobody would send it again.
 */

export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** Without U+0000, and with U+FFFD for each half of a pair. */
export function storable(text: string): string {
  return isStorable(text) ? text : text.replaceAll('\0', '').toWellFormed();
}

/** The same for all texts in plain JSON, names too; everything else in it stays what it is. */
export function storableIn<T>(value: T): T {
  if (typeof value === 'string') return storable(value) as T;
  if (Array.isArray(value)) return value.map(storableIn) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [storable(name), storableIn(one)])) as T;
}

/** The beginning of a text, of so many characters at most; none that people see as one is cut in half. */
export function beginningOf(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text.slice(0, most + longestGrapheme))) {
    if (index + segment.length > most) break;
    end = index + segment.length;
  }
  // One that is as long as all of it is none that people see.
  return end > 0 ? text.slice(0, end) : text.slice(0, most).toWellFormed();
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** In UTF-16; a family of four has eleven. What is cut off beyond it matters to nobody. */
const longestGrapheme = 64;
