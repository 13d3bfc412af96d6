/** Who is typing, as a sentence; empty when nobody is. */
export function typingLine(names: readonly string[]): string {
  if (names.length === 0) return '';
  const last = names.at(-1);
  const others = names.slice(0, -1).join(', ');
  return others === '' ? `${last} is typing…` : `${others} and ${last} are typing…`;
}
