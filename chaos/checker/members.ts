import type { Found } from '../record/entries.ts';
import type { Evidence, Request } from './evidence.ts';

/**
 * Who is in a conversation by REST is in it by the log, and by the last of what was acknowledged. Nobody is refused to
 * come or to go, since nobody asks it of those who are in or out already.
 */
export function checkMembers(evidence: Evidence): string[] {
  return evidence.found.flatMap((found) => {
    const { conversation, participants } = found;
    const wrong: string[] = [];
    const byRest = new Set(participants);
    if (byRest.size < participants.length) wrong.push(`${conversation} has somebody twice: ${participants}`);
    const byLog = membersOf(found);
    for (const name of new Set([...byLog, ...byRest])) {
      if (byLog.has(name) && byRest.has(name)) continue;
      wrong.push(`${name} is in ${conversation} by ${byRest.has(name) ? 'REST' : 'the log'} alone`);
    }
    const moves = evidence.requests.filter(
      (request) => request.conversation === conversation && (request.what === 'join' || request.what === 'leave'),
    );
    for (const [name, own] of Map.groupBy(moves, ({ target }) => String(target))) {
      wrong.push(...judge(name, own, byRest.has(name)));
    }
    return wrong;
  });
}

/** @param moves of one person in one conversation, who was out at first; one after the other */
function judge(name: string, moves: readonly Request[], isIn: boolean): string[] {
  const wrong: string[] = [];
  let settled: Request | undefined;
  // What came after it of which nobody can say whether it has happened.
  let open: Request[] = [];
  for (const move of moves) {
    const { what, outcome, told, conversation } = move;
    const where = `the ${what} of ${name} in ${conversation}`;
    if (outcome === 'acknowledged') [settled, open] = [move, []];
    else if (outcome === 'unknown') {
      open.push(move);
      if (!told?.undecided) wrong.push(`${where} was never answered`);
    } else if (open.length === 0) {
      wrong.push(`${where} was refused (${told?.why}), and was possible by what was acknowledged before`);
    }
  }
  const possible = new Set([settled?.what ?? 'leave', ...open.map(({ what }) => what)]);
  if (possible.has(isIn ? 'join' : 'leave')) return wrong;
  const where = `of ${name} in ${moves[0]?.conversation} was acknowledged`;
  return [...wrong, settled ? `the ${settled.what} ${where}, and is lost` : `no join ${where}, and he is in it`];
}

function membersOf({ log, observer }: Found): Set<string> {
  const members = new Map([['', observer]]);
  for (const event of log) {
    if (event.type === 'participant.added') {
      const { sid, identity, binding } = event.data;
      members.set(sid, identity ?? binding?.address ?? '');
    } else if (event.type === 'participant.removed') members.delete(event.data.sid);
  }
  return new Set(members.values());
}
