import type { Departed, Entered, Seen, Timed } from '../record/entries.ts';
import { differenceOf } from './difference.ts';
import type { Evidence, Logged } from './evidence.ts';

/** Whoever hears of anything hears within so long of all that was before it; milliseconds. No fault lasts longer. */
const lateness = 30_000;

/**
 * Every reader was told of every message since he came in, once, in the order of the log; of its texts in their order;
 * and holds at the end what REST has. Who is taken out may have missed the last ones, if they had just been written.
 */
export function checkReaders(evidence: Evidence): string[] {
  const views = Map.groupBy(
    evidence.of('entered', 'departed', 'seen'),
    ({ reader, conversation }) => `${reader} in ${conversation}`,
  );
  const heard = Map.groupBy(evidence.of('seen'), ({ reader }) => reader);
  const firstTold = firstToldOf(evidence);
  const { readers = [], visitors = [] } = evidence.run ?? {};
  return evidence.found.flatMap((found) => {
    const logged = evidence.logged(found);
    const inLog = new Map(logged.map((message) => [message.sid, message]));
    return [...readers, ...visitors].flatMap((reader) => {
      const who = `${reader} in ${found.conversation}`;
      const all = stays(views.get(who) ?? []);
      const held = found.held[reader];
      const isStaying = readers.includes(reader);
      const isDue = isStaying || found.participants.includes(reader);
      return [
        ...(isDue && !held ? [`${who} is not in it by his own SDK`] : []),
        ...(held && !isDue ? [`${who} is in it by his own SDK alone`] : []),
        ...(isDue && all.length === 0 ? [`${who} was never told that he is in it`] : []),
        ...(isStaying && all.length > 1 ? [`${who} came in more than once`] : []),
        ...all.flatMap((stay) => {
          const isDueBy = dueBy(stay, heard.get(reader) ?? [], firstTold);
          return [...checkOrder(who, stay, inLog), ...checkWhole(who, stay, logged, isDueBy)];
        }),
        ...(held ? differenceOf(who, held, 'REST', found.messages) : []),
      ];
    });
  });
}

type Stay = readonly Timed<Entered | Departed | Seen>[];

/** From each time that he came in to the next. */
function stays(view: Stay): Stay[] {
  const all: Timed<Entered | Departed | Seen>[][] = [];
  for (const entry of view) {
    if (entry.kind === 'entered') all.push([]);
    all.at(-1)?.push(entry);
  }
  return all;
}

/** By the SID of each message, when somebody was told of it first. */
function firstToldOf(evidence: Evidence): Map<string, number> {
  const first = new Map<string, number>();
  for (const { event, sid, t } of evidence.of('seen')) {
    if (event === 'added' && !first.has(sid)) first.set(sid, t);
  }
  return first;
}

/** Which messages after he came in he has to have been told of by the end of a stay. */
function dueBy(stay: Stay, heard: readonly Timed<Seen>[], firstTold: ReadonlyMap<string, number>) {
  const end = stay.find(({ kind }) => kind === 'departed')?.t;
  if (end === undefined) return () => true;
  const newest = addedIn(stay).at(-1)?.index ?? -1;
  // He was told of something then, and was in for long enough after it.
  const proof = heard.findLast(({ t }) => t <= end - lateness)?.t ?? Number.NEGATIVE_INFINITY;
  return ({ sid, index }: Logged) => index < newest || (firstTold.get(sid) ?? Number.POSITIVE_INFINITY) <= proof;
}

function addedIn(stay: Stay): Seen[] {
  return stay.flatMap((entry) => (entry.kind === 'seen' && entry.event === 'added' ? entry : []));
}

function checkOrder(who: string, stay: Stay, inLog: ReadonlyMap<string, Logged>): string[] {
  const wrong: string[] = [];
  const removed = new Set<string>();
  const texts = new Map<string, number>();
  let newest = -1;
  for (const entry of stay) {
    if (entry.kind !== 'seen') continue;
    const { event, sid, index, body } = entry;
    const message = inLog.get(sid);
    const told = `${who} was told that ${sid} (${index}) was ${event}`;
    if (!message) wrong.push(`${told}, which the log does not have`);
    else if (message.index !== index) wrong.push(`${told}, which the log has as ${message.index}`);
    if (removed.has(sid)) wrong.push(`${told} after it was removed`);
    if (event === 'removed') {
      removed.add(sid);
      if (message && !message.removed) wrong.push(`${told}, and it was not`);
      continue;
    }
    if (event === 'added') {
      if (index <= newest) wrong.push(`${told} after ${newest}`);
      newest = Math.max(newest, index);
    }
    // What was missed of a message in between is not told, but never an older text after a newer one.
    const from = texts.get(sid) ?? 0;
    const at = message ? message.bodies.indexOf(body, from) : from;
    if (at < 0) wrong.push(`${told} with the text "${body}", which it has not, or had before`);
    else texts.set(sid, at);
  }
  return wrong;
}

function checkWhole(who: string, stay: Stay, logged: readonly Logged[], isDue: (message: Logged) => boolean): string[] {
  const [entered] = stay;
  const last = entered?.kind === 'entered' ? entered.last : -1;
  const added = new Set(addedIn(stay).map(({ sid }) => sid));
  return logged
    .filter((message) => message.index > last && !message.removed && !added.has(message.sid) && isDue(message))
    .map(({ sid, index }) => `${who} was never told of ${sid} (${index})`);
}
