import type { Evidence } from './evidence.ts';

/** Nothing is left to be done, nothing was given up, and nobody got an answer that no fault excuses. */
export function checkEnds(evidence: Evidence): string[] {
  const left = evidence.of('left-over');
  return [
    ...(left.length === 0 ? ['the journal does not say what is left to be done'] : []),
    ...(evidence.found.length === 0 ? ['the journal does not say what was found'] : []),
    ...left.flatMap(({ waiting }) => waiting.map((what) => `still to be done: ${what}`)),
    ...left.flatMap(({ dead }) => dead.map((what) => `given up: ${what}`)),
    ...evidence.of('offence').map(({ actor, what }) => `${actor}: ${what}`),
  ];
}
