import { check } from './checker/check.ts';
import { sentenceOf } from './checker/ends.ts';
import { type Evidence, idOf } from './checker/evidence.ts';

/** What a run comes to. Durations are milliseconds. */
export interface Report {
  seed: number | null;
  set: string | null;
  minutes: number | null;
  /** Each fault, with the longest time in which no send was acknowledged from its beginning to a second after its end. */
  faults: { what: string; lasted: number; silent: number }[];
  /** By what was asked for, how much of it had which outcome. */
  outcomes: Record<string, Record<string, number>>;
  /** From asking to the first acknowledgement of sends. */
  latency: { p50: number; p99: number; most: number };
  /** From the acknowledgement of a send to when a reader was told of it, of all readers who stay. */
  told: { p50: number; p99: number; most: number };
  /** Messages, events in the logs, events that readers were told of, webhooks and those of them that came again. */
  counts: { messages: number; events: number; seen: number; hooked: number; hookedAgain: number; shown: number };
  /** Each time that a node ended by itself, or did not come up. */
  ended: string[];
  /** Until nothing was left to be done after the last fault. */
  settled: number | null;
  /** By the name of the rule, sentences. */
  wrong: Record<string, string[]>;
}

export function report(evidence: Evidence): Report {
  const { run } = evidence;
  const hooked = evidence.of('hooked');
  const total = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0);
  return {
    seed: run?.seed ?? null,
    set: run?.set ?? null,
    minutes: run?.minutes ?? null,
    faults: faultsOf(evidence),
    outcomes: outcomesOf(evidence),
    latency: latencyOf(evidence),
    told: toldOf(evidence),
    counts: {
      messages: total(evidence.found.map(({ messages }) => messages.length)),
      events: total(evidence.found.map(({ log }) => log.length)),
      seen: evidence.of('seen').length,
      hooked: hooked.length,
      hookedAgain: hooked.length - new Set(hooked.map(({ event }) => event)).size,
      shown: total(evidence.found.flatMap(({ phones }) => Object.values(phones).map(({ length }) => length))),
    },
    ended: evidence.of('ended').map(sentenceOf),
    settled: evidence.of('healed')[0]?.settled ?? null,
    wrong: check(evidence),
  };
}

export function isGood({ wrong }: Report): boolean {
  return Object.values(wrong).every((sentences) => sentences.length === 0);
}

function faultsOf(evidence: Evidence): Report['faults'] {
  const times = acknowledged(evidence);
  const ends = evidence.of('fault').filter(({ phase }) => phase === 'end');
  return evidence
    .of('fault')
    .filter(({ phase }) => phase === 'begin')
    .map((begin) => {
      const end = ends.find(({ number }) => number === begin.number);
      const until = end?.t ?? begin.t;
      return { what: end?.what ?? begin.what, lasted: until - begin.t, silent: silence(times, begin.t, until + 1000) };
    });
}

function acknowledged(evidence: Evidence): number[] {
  return evidence.requests
    .flatMap(({ what, outcome, told }) => (what === 'send' && outcome === 'acknowledged' && told ? told.t : []))
    .sort((a, b) => a - b);
}

/** The longest time between two of these that has a part in it. */
function silence(times: readonly number[], from: number, to: number): number {
  let longest = 0;
  for (const [at, time] of times.entries()) {
    const before = times[at - 1] ?? time;
    if (time >= from && before <= to) longest = Math.max(longest, time - before);
  }
  return longest;
}

function outcomesOf({ requests }: Evidence): Report['outcomes'] {
  const outcomes: Report['outcomes'] = {};
  for (const { what, outcome, keyed } of requests) {
    const name = keyed ? what : `${what} without a key`;
    outcomes[name] ??= { acknowledged: 0, refused: 0, unknown: 0 };
    (outcomes[name] as Record<string, number>)[outcome] = (outcomes[name]?.[outcome] ?? 0) + 1;
  }
  return outcomes;
}

function latencyOf(evidence: Evidence): Report['latency'] {
  const asked = new Map(evidence.of('asked').map(({ id, t }) => [id, t]));
  return spread(
    evidence.requests.flatMap(({ id, what, outcome, told }) =>
      what === 'send' && outcome === 'acknowledged' && told ? told.t - (asked.get(id) as number) : [],
    ),
  );
}

function toldOf(evidence: Evidence): Report['told'] {
  const since = new Map(
    evidence.requests.map(({ id, what, outcome, told }) => [
      id,
      what === 'send' && outcome === 'acknowledged' ? told?.t : undefined,
    ]),
  );
  return spread(
    evidence.of('seen').flatMap(({ t, event, reader, body }) => {
      const acknowledged = since.get(idOf(body));
      if (event !== 'added' || acknowledged === undefined || !evidence.run?.readers.includes(reader)) return [];
      // Often he hears of it before the sender does.
      return Math.max(0, t - acknowledged);
    }),
  );
}

function spread(numbers: number[]): { p50: number; p99: number; most: number } {
  const sorted = numbers.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

/** For a terminal. At most so many sentences of each rule. */
export function describe(given: Report, most = 20): string {
  const { faults, outcomes, latency, told, counts, ended, wrong } = given;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return [
    '',
    'Faults, and the longest time without an acknowledged send:',
    ...faults.map(({ what, lasted, silent }) => `  ${seconds(silent).padStart(7)}  ${what}, ${seconds(lasted)}`),
    'Asked for:',
    ...Object.entries(outcomes).map(
      ([what, of]) =>
        `  ${what.padEnd(20)} ${Object.entries(of)
          .map(([how, n]) => `${n} ${how}`)
          .join(', ')}`,
    ),
    `Sends took ${latency.p50} ms in the middle, 99 % at most ${latency.p99} ms, the slowest ${seconds(latency.most)}.`,
    `Readers were told ${told.p50} ms after the sender in the middle, 99 % at most ${told.p99} ms, the last ` +
      `${seconds(told.most)}.`,
    `Compared: ${counts.messages} messages, ${counts.events} events of the logs, ${counts.seen} that readers were told ` +
      `of, ${counts.shown} on phones, ${counts.hooked} webhooks (${counts.hookedAgain} of them again).`,
    ...ended,
    ...Object.entries(wrong).flatMap(([rule, sentences]) => [
      ...sentences.slice(0, most).map((sentence) => `WRONG (${rule}): ${sentence}`),
      ...(sentences.length > most ? [`WRONG (${rule}): ${sentences.length - most} more`] : []),
    ]),
    isGood(given) ? 'Nothing lost, nothing doubled, no gap, one order.' : `WRONG, --seed ${given.seed}`,
    '',
  ].join('\n');
}
