/** Numbers between two, both included. */
export interface Run {
  from: number;
  to: number;
}

/** Numbers that are missing between two of a run. */
const gapAtMost = 3;
/** Shorter ones are better named one by one. */
const shortest = 100;

/**
 * Which numbers stand together, as the indexes of messages of which somebody has all, but for some that were removed. To read
 * what lies in between as well costs less than to look each of them up.
 *
 * @param numbers without repetitions
 */
export function runsOf(numbers: readonly number[]): { runs: Run[]; others: number[] } {
  const runs: Run[] = [];
  const others: number[] = [];
  const sorted = numbers.toSorted((one, other) => one - other);
  let first = 0;
  for (let at = 1; at <= sorted.length; at += 1) {
    if (at < sorted.length && numberAt(sorted, at) - numberAt(sorted, at - 1) <= gapAtMost + 1) continue;
    if (at - first >= shortest) runs.push({ from: numberAt(sorted, first), to: numberAt(sorted, at - 1) });
    else others.push(...sorted.slice(first, at));
    first = at;
  }
  return { runs, others };
}

function numberAt(numbers: readonly number[], at: number): number {
  return numbers[at] as number;
}
