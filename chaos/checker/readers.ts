import type { Entered, Found, Seen } from '../record/entries.ts';
import { differenceOf } from './difference.ts';
import type { Evidence, Logged } from './evidence.ts';

/**
 * Every reader was told of every message since he came in, once, in the order of the log; of its texts in their order;
 * and holds at the end what REST has.
 */
export function checkReaders(evidence: Evidence): string[] {
  const views = Map.groupBy(
    [...evidence.of('entered'), ...evidence.of('seen')].sort((a, b) => a.t - b.t),
    ({ reader, conversation }) => `${reader} in ${conversation}`,
  );
  return evidence.found.flatMap((found) => {
    const logged = evidence.logged(found);
    return Object.entries(found.held).flatMap(([reader, held]) => {
      const who = `${reader} in ${found.conversation}`;
      const view = views.get(who) ?? [];
      return [
        ...(evidence.run?.readers.includes(reader) && stays(view).length > 1 ? [`${who} came in more than once`] : []),
        ...stays(view).flatMap((stay) => checkOrder(who, stay, logged)),
        ...checkWhole(who, stays(view).at(-1) ?? [], found, logged),
        ...differenceOf(who, held, 'REST', found.messages),
      ];
    });
  });
}

type View = readonly (Entered | Seen)[];

/** From each time that he came in to the next. */
function stays(view: View): View[] {
  const all: (Entered | Seen)[][] = [];
  for (const entry of view) {
    if (entry.kind === 'entered') all.push([]);
    all.at(-1)?.push(entry);
  }
  return all;
}

function checkOrder(who: string, stay: View, logged: readonly Logged[]): string[] {
  const wrong: string[] = [];
  const inLog = new Map(logged.map((message) => [message.sid, message]));
  const removed = new Set<string>();
  const texts = new Map<string, number>();
  let newest = -1;
  for (const entry of stay) {
    if (entry.kind === 'entered') continue;
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

function checkWhole(who: string, stay: View, { conversation }: Found, logged: readonly Logged[]): string[] {
  const [entered] = stay;
  if (entered?.kind !== 'entered') return [`${who} was never told that he is in ${conversation}`];
  const added = new Set(stay.flatMap((entry) => (entry.kind === 'seen' && entry.event === 'added' ? entry.sid : [])));
  return logged
    .filter(({ sid, index, removed }) => index > entered.last && !removed && !added.has(sid))
    .map(({ sid, index }) => `${who} was never told of ${sid} (${index})`);
}
