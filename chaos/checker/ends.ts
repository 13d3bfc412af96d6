import type { Ended } from '../record/entries.ts';
import type { Evidence } from './evidence.ts';

/** Whoever starts while these are on may find no PostgreSQL, and ends. */
const withoutDatabase: readonly string[] = ['database', 'database-link'];

/**
 * Nothing is left to be done, nothing was given up, nobody got an answer that no fault excuses, and no server ended but
 * those that were started without PostgreSQL.
 */
export function checkEnds(evidence: Evidence): string[] {
  const left = evidence.of('left-over');
  const found = new Set(evidence.found.map(({ conversation }) => conversation));
  const used = new Set(evidence.requests.map(({ conversation }) => conversation));
  return [
    ...(left.length === 0 ? ['the journal does not say what is left to be done'] : []),
    ...(found.size === 0 ? ['the journal does not say what was found'] : []),
    ...[...used].filter((one) => !found.has(one)).map((one) => `the journal does not say what was found in ${one}`),
    ...left.flatMap(({ waiting }) => waiting.map((what) => `still to be done: ${what}`)),
    ...left.flatMap(({ dead }) => dead.map((what) => `given up: ${what}`)),
    ...evidence.of('offence').map(({ actor, what }) => `${actor}: ${what}`),
    ...errors(evidence),
    ...unexpectedEnds(evidence),
  ];
}

export function sentenceOf({ node, how, since }: Ended): string {
  return since === undefined ? `${node} ended by itself: ${how}` : `${node} did not come up: ${how}`;
}

/** 503 is said by a server that does nothing, 504 by one that does not know: of neither is it a refusal. */
function errors({ requests }: Evidence): string[] {
  return requests.flatMap(({ actor, id, outcome, told }) => {
    const status = told?.status ?? 0;
    if (outcome !== 'refused' || status < 500 || status === 503) return [];
    return `${actor}: "${id}" was answered with ${status}: ${told?.why}`;
  });
}

function unexpectedEnds(evidence: Evidence): string[] {
  const faults = evidence.of('fault');
  const away = faults
    .filter(({ phase, what }) => phase === 'begin' && withoutDatabase.includes(what))
    .map(({ number, t }) => {
      const end = faults.find((fault) => fault.phase === 'end' && fault.number === number);
      return { from: t, to: end?.t ?? Number.POSITIVE_INFINITY };
    });
  return evidence
    .of('ended')
    .filter(({ since, t }) => since === undefined || !away.some(({ from, to }) => from <= t && to >= since))
    .map(sentenceOf);
}
