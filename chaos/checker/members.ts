import type { Found } from '../record/entries.ts';
import type { Evidence } from './evidence.ts';

/** Who is in a conversation by REST is in it by the log, and by the last of what was acknowledged. */
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
      const last = own.at(-1);
      if (last?.outcome === 'unknown') wrong.push(`the ${last.what} of ${name} in ${conversation} was never answered`);
      // Refused is what would change nothing: the other one holds.
      if (last?.outcome !== 'acknowledged' || byRest.has(name) === (last.what === 'join')) continue;
      wrong.push(`the ${last.what} of ${name} in ${conversation} was acknowledged, and is lost`);
    }
    return wrong;
  });
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
