import { differenceOf } from './difference.ts';
import type { Evidence } from './evidence.ts';

/** Positions and indexes have no gaps, and what REST lists is what the log comes to. */
export function checkLog(evidence: Evidence): string[] {
  return evidence.found.flatMap((found) => {
    const { conversation, log, messages } = found;
    const logged = evidence.logged(found);
    const there = logged
      .filter(({ removed }) => !removed)
      .map(({ sid, index, bodies }) => ({ sid, index, body: bodies.at(-1) ?? '' }));
    return [
      ...gaps(
        `the positions of ${conversation}`,
        log.map(({ position }) => position),
        log[0]?.position ?? 1,
      ),
      ...gaps(
        `the indexes of ${conversation}`,
        logged.map(({ index }) => index),
        0,
      ),
      ...differenceOf(`the log of ${conversation}`, there, 'REST', messages),
    ];
  });
}

function gaps(what: string, numbers: readonly number[], first: number): string[] {
  const at = numbers.findIndex((number, place) => number !== first + place);
  return at < 0 ? [] : [`${what} have ${numbers[at]} where ${first + at} is due`];
}
