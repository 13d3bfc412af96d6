import { type Evidence, isUnfounded, type Logged, type Request } from './evidence.ts';

/**
 * Each edit and each removal that was acknowledged has happened, once; none that was refused has, and no message was
 * changed by anybody else. A message is removed by one at most, and edits may come too late for it.
 */
export function checkChanges(evidence: Evidence): string[] {
  const changes = Map.groupBy(
    evidence.requests.filter(({ what }) => what === 'edit' || what === 'remove'),
    ({ conversation, target }) => `"${target}" in ${conversation}`,
  );
  return evidence.found.flatMap((found) =>
    evidence.logged(found).flatMap((message) => {
      const where = `"${message.id}" in ${found.conversation}`;
      const asked = changes.get(where) ?? [];
      return [...asked.flatMap((change) => judge(change, where, message)), ...unasked(asked, where, message)];
    }),
  );
}

function judge({ what, id, body, outcome, keyed, told }: Request, of: string, message: Logged): string[] {
  const wrong: string[] = [];
  const where = `the ${what === 'edit' ? 'edit' : 'removal'} "${id}" of ${of}`;
  const times = what === 'edit' ? message.bodies.filter((one) => one === body).length : Number(message.removed);
  if (times > 1) wrong.push(`${where} happened ${times} times`);
  if (outcome === 'acknowledged' && times === 0) wrong.push(`${where} was acknowledged, and is lost`);
  if (outcome === 'refused' && times > 0) wrong.push(`${where} was refused, and happened`);
  if (outcome === 'refused' && isUnfounded(told) && !(what === 'edit' && message.removed)) {
    wrong.push(`${where} was refused (${told?.why}), and nothing forbids it`);
  }
  if (outcome === 'unknown' && keyed && !told?.undecided) wrong.push(`${where} was never answered`);
  return wrong;
}

function unasked(asked: readonly Request[], where: string, { bodies, removed }: Logged): string[] {
  const given = new Set(asked.map(({ body }) => body));
  const others = bodies.slice(1).filter((body) => !given.has(body));
  return [
    ...others.map((body) => `${where} has the text "${body}", which nobody gave it`),
    ...(removed && !asked.some(({ what }) => what === 'remove') ? [`${where} was removed by nobody`] : []),
  ];
}
