/** The text of a mail that only comes as HTML, with quotes marked as they are in plain text. */

/** Elements whose content nobody sees. */
const unseen = /^(?:head|style|script|title|template|noscript)$/;
/** Elements that begin a line. */
const blocks = /^(?:p|div|br|tr|table|ul|ol|li|h[1-6]|hr|section|article|header|footer|pre|address|dl|dt|dd|form)$/;

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  euro: '€',
  copy: '©',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  agrave: 'à',
  ccedil: 'ç',
  ntilde: 'ñ',
};

/** Takes time in proportion to the length, whatever the text. */
export function textOfHtml(html: string): string {
  const text = new Lines();
  let hidden: string | null = null;
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf('<', at);
    const end = open === -1 ? html.length : open;
    if (hidden === null && end > at) text.write(decode(html.slice(at, end)));
    if (open === -1) break;
    const { name, closing, next } = tagAt(html, open);
    at = next;
    if (hidden !== null) {
      if (closing && name === hidden) hidden = null;
    } else if (name === '') {
      // A "<" that begins nothing is one.
      if (next === open + 1) text.write('<');
    } else if (!closing && unseen.test(name)) hidden = name;
    else if (name === 'blockquote') text.quote(closing ? -1 : 1);
    else if (name === 'br') text.newLine();
    else if (blocks.test(name)) text.block();
  }
  return text.toString();
}

interface Tag {
  /** In lower case; empty for what is none, and for comments and declarations. */
  name: string;
  closing: boolean;
  /** Where the text goes on. */
  next: number;
}

function tagAt(html: string, open: number): Tag {
  if (html.startsWith('<!--', open)) {
    const end = html.indexOf('-->', open + 4);
    return { name: '', closing: false, next: end === -1 ? html.length : end + 3 };
  }
  const match = /^<(\/?)([a-z][a-z0-9:-]*|[!?])/i.exec(html.slice(open, open + 40));
  if (!match) return { name: '', closing: false, next: open + 1 };
  const [, slash = '', name = ''] = match;
  const next = endOfTag(html, open + match[0].length);
  return { name: /[!?]/.test(name) ? '' : name.toLowerCase(), closing: slash === '/', next };
}

/** Behind the ">" that is not within a quoted value. */
function endOfTag(html: string, from: number): number {
  let quote = '';
  for (let at = from; at < html.length; at += 1) {
    const letter = html[at] as string;
    if (quote !== '') {
      if (letter === quote) quote = '';
    } else if (letter === '>') return at + 1;
    else if ((letter === '"' || letter === "'") && html[at - 1] === '=') quote = letter;
  }
  return html.length;
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name as string] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '\u{fffd}';
  });
}

/** Puts lines together as a page would show them. */
class Lines {
  readonly #lines: string[] = [];
  /** Of the line; joined once, since looking at a text that grows would copy it each time. */
  #pieces: string[] = [];
  #spaced = true;
  #depth = 0;

  write(text: string): void {
    const joined = text.replace(/\s+/g, ' ');
    const piece = this.#spaced ? joined.trimStart() : joined;
    if (piece === '') return;
    this.#pieces.push(piece);
    this.#spaced = piece.endsWith(' ');
  }

  newLine(): void {
    this.#lines.push(`${'> '.repeat(this.#depth)}${this.#pieces.join('')}`.trimEnd());
    this.#pieces = [];
    this.#spaced = true;
  }

  block(): void {
    if (this.#pieces.some((piece) => piece !== ' ')) this.newLine();
  }

  quote(by: 1 | -1): void {
    this.block();
    // So deep nobody quotes; a page that does would make every line longer.
    this.#depth = Math.min(Math.max(this.#depth + by, 0), 10);
  }

  toString(): string {
    this.block();
    return this.#lines
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim();
  }
}
