import type { Outcome } from '../record/entries.ts';
import type { Evidence } from './evidence.ts';

/** Read horizons are where they were last moved to, and unread messages are those beyond, for REST and SDK alike. */
export function checkReading(evidence: Evidence): string[] {
  return evidence.found.flatMap(({ conversation, messages, reading }) =>
    (evidence.run?.readers ?? []).flatMap((identity) => {
      const wrong: string[] = [];
      const who = `${identity} in ${conversation}`;
      const own = reading[identity];
      if (!own) return [`of ${who} it is not known what he has read`];
      const { horizon, rest, sdk } = own;
      const moves = evidence.requests.filter(
        (request) => request.what === 'read' && request.actor === identity && request.conversation === conversation,
      );
      const to = (outcome: Outcome) =>
        moves.filter((move) => move.outcome === outcome).map(({ target }) => Number(target));
      const furthest = Math.max(-1, ...to('acknowledged'));
      const further = to('unknown').some((index) => index > furthest && index === horizon);
      if ((horizon ?? -1) !== furthest && !further) {
        wrong.push(`${who} has read up to ${horizon}, and moved that to ${furthest}`);
      }
      const unread = horizon === null ? null : messages.filter(({ index }) => index > horizon).length;
      if (rest !== unread) wrong.push(`${who} has ${rest} unread messages by REST, and there are ${unread}`);
      if (sdk !== unread) wrong.push(`${who} has ${sdk} unread messages by the SDK, and there are ${unread}`);
      return wrong;
    }),
  );
}
