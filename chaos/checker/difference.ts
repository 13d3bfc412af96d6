import type { StoredMessage } from '../record/entries.ts';

/** Where two lists of messages are not the same, in a sentence for each message. */
export function differenceOf(
  one: string,
  first: readonly StoredMessage[],
  other: string,
  second: readonly StoredMessage[],
): string[] {
  const wrong: string[] = [];
  const others = new Map(second.map((message) => [message.sid, message]));
  for (const { sid, index, body } of first) {
    const match = others.get(sid);
    others.delete(sid);
    if (!match) wrong.push(`${one} has ${sid} (${index}, "${body}"), which ${other} has not`);
    else if (match.index !== index) wrong.push(`${one} has ${sid} as ${index}, ${other} as ${match.index}`);
    else if (match.body !== body) wrong.push(`${one} has "${body}" in ${sid}, ${other} has "${match.body}"`);
  }
  for (const { sid, index, body } of others.values()) {
    wrong.push(`${other} has ${sid} (${index}, "${body}"), which ${one} has not`);
  }
  const at = first.findIndex(({ sid }, place) => second[place]?.sid !== sid);
  if (wrong.length === 0 && at >= 0) wrong.push(`${one} and ${other} have another order from ${first[at]?.sid} on`);
  return wrong;
}
