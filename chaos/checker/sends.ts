import { type Evidence, isUnfounded, type Logged, type Request } from './evidence.ts';

/**
 * What was acknowledged is there once, as it was sent and acknowledged; what was refused is not, and was refused because
 * the server could not do it then; what nobody answered is there once or not at all; and nothing is there that nobody sent.
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
  const { id, outcome, told, keyed, conversation, body } = send;
  const where = `"${id}" in ${conversation}`;
  if (stored.length > 1) return [`${where} is stored ${stored.length} times, as ${stored.map(({ index }) => index)}`];
  const [one] = stored;
  const wrong: string[] = [];
  if (one && one.bodies[0] !== body) wrong.push(`${where} was sent as "${body}", and came in as "${one.bodies[0]}"`);
  if (outcome === 'refused') {
    if (one) wrong.push(`${where} was refused, and is stored as ${one.index}`);
    if (isUnfounded(told)) wrong.push(`${where} was refused (${told?.why}), and nothing forbids it`);
    return wrong;
  }
  if (outcome === 'unknown') {
    return keyed ? [...wrong, `${where} was never answered: ${told?.why ?? 'no word'}`] : wrong;
  }
  if (!one) return [`${where} was acknowledged as ${told?.sid ?? told?.index}, and is lost`];
  if (told?.index !== undefined && told.index !== one.index) {
    wrong.push(`${where} was acknowledged with index ${told.index}, and has ${one.index}`);
  }
  if (told?.sid !== undefined && told.sid !== one.sid) {
    wrong.push(`${where} was acknowledged as ${told.sid}, and is ${one.sid}`);
  }
  return wrong;
}
