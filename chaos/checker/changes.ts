import type { Evidence, Logged } from './evidence.ts';

/** Each edit and each removal that was acknowledged has happened, once; none that was refused has. */
export function checkChanges(evidence: Evidence): string[] {
  const wrong: string[] = [];
  const logs = new Map(
    evidence.found.map((found) => [
      found.conversation,
      new Map(evidence.logged(found).map((message): [string, Logged] => [message.id, message])),
    ]),
  );
  for (const { what, id, conversation, target, outcome, keyed, told } of evidence.requests) {
    if (what !== 'edit' && what !== 'remove') continue;
    const message = logs.get(conversation)?.get(String(target));
    if (!message) continue;
    const where = `the ${what === 'edit' ? 'edit' : 'removal'} "${id}" of "${target}" in ${conversation}`;
    const times =
      what === 'edit'
        ? message.bodies.filter((body) => body.endsWith(` edited ${id}`)).length
        : Number(message.removed);
    if (times > 1) wrong.push(`${where} happened ${times} times`);
    if (outcome === 'acknowledged' && times === 0) wrong.push(`${where} was acknowledged, and is lost`);
    if (outcome === 'refused' && times > 0 && what === 'edit') wrong.push(`${where} was refused, and happened`);
    if (outcome === 'unknown' && keyed && !told?.undecided) wrong.push(`${where} was never answered`);
  }
  return wrong;
}
