/** Ends a complaint with the known name that is at most two typing mistakes away; empty if there is none. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const meant = nearest(typed, known);
  return meant ? `; did you mean ${meant}?` : '';
}

/** The known name that is at most two typing mistakes away, if there is one. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const measured = known.map((name) => ({ name, mistakes: distance(typed, name) }));
  return measured.filter(({ mistakes }) => mistakes <= 2).sort((a, b) => a.mistakes - b.mistakes)[0]?.name;
}

/** Levenshtein's: the least number of letters to insert, remove or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
