/** At most so many UTF-16 units, with a sign that there was more. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const unit = text.charCodeAt(most - 2);
  // Not between the two halves of a code point.
  const end = unit >= 0xd800 && unit <= 0xdbff ? most - 2 : most - 1;
  return `${text.slice(0, end).trimEnd()}…`;
}
