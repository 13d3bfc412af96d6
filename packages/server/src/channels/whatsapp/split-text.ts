const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Cuts a text into pieces of at most so many UTF-16 units: at the end of a line or between words where there is one in
 * the second half of a piece, and never within what people see as one character, unless that alone is too long.
 */
export function splitText(text: string, most: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > most) {
    const cut = cutOf(rest, most);
    pieces.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  if (rest !== '' || pieces.length === 0) pieces.push(rest);
  return pieces.filter((piece, at) => piece !== '' || (at === 0 && pieces.length === 1));
}

function cutOf(text: string, most: number): number {
  const window = text.slice(0, most + 1);
  for (const blank of ['\n', ' ']) {
    const at = window.lastIndexOf(blank);
    if (at > most / 2) return at + 1 > most ? at : at + 1;
  }
  // Looking at the end is enough: no character that people see is that long.
  const from = Math.max(0, most - 64);
  let cut = 0;
  for (const { index } of graphemes.segment(text.slice(from, most + 64))) if (from + index <= most) cut = from + index;
  return cut > from ? cut : wholeUnit(text, most);
}

/** Not between the two halves of a code point. */
function wholeUnit(text: string, at: number): number {
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? at - 1 : at;
}

/** At most so many UTF-16 units, with a sign that there was more. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, wholeUnit(text, most - 1)).trimEnd()}…`;
}
