import type { Evidence, Logged, Request } from './evidence.ts';

/**
 * What was acknowledged is there once, as it was acknowledged; what was refused is not; what nobody answered is there
 * once or not at all; and nothing is there that nobody sent.
 */
export function checkSends(evidence: Evidence): string[] {
  const wrong: string[] = [];
  for (const found of evidence.found) {
    const byId = Map.groupBy(evidence.logged(found), ({ id }) => id);
    const sends = evidence.requests.filter(
      ({ what, conversation }) => what === 'send' && conversation === found.conversation,
    );
    for (const send of sends) {
      const stored = byId.get(send.id) ?? [];
      byId.delete(send.id);
      wrong.push(...judge(send, stored));
    }
    for (const [id, stored] of byId) {
      wrong.push(`${found.conversation} has "${id}" as ${stored.map(({ sid }) => sid)}, which nobody sent`);
    }
  }
  return wrong;
}

function judge(send: Request, stored: readonly Logged[]): string[] {
  const { id, outcome, told, keyed, conversation } = send;
  const where = `"${id}" in ${conversation}`;
  if (stored.length > 1) return [`${where} is stored ${stored.length} times, as ${stored.map(({ index }) => index)}`];
  const [one] = stored;
  if (outcome === 'refused') return one ? [`${where} was refused, and is stored as ${one.index}`] : [];
  if (outcome === 'unknown') return keyed ? [`${where} was never answered: ${told?.why ?? 'no word'}`] : [];
  if (!one) return [`${where} was acknowledged as ${told?.sid ?? told?.index}, and is lost`];
  const wrong: string[] = [];
  if (told?.index !== undefined && told.index !== one.index) {
    wrong.push(`${where} was acknowledged with index ${told.index}, and has ${one.index}`);
  }
  if (told?.sid !== undefined && told.sid !== one.sid) {
    wrong.push(`${where} was acknowledged as ${told.sid}, and is ${one.sid}`);
  }
  return wrong;
}
