import type { AnyStreamEvent } from '@colloquy/protocol';
import type { Entry, Found, Told } from '../record/entries.ts';
import { check } from './check.ts';
import { type Sound, sound, timed } from './doctored.ts';
import { Evidence } from './evidence.ts';

/** What the rules find in a sound journal that was spoiled so. */
export function spoiled(spoil: (given: Sound) => void): Record<string, string[]> {
  const given = sound();
  spoil(given);
  return Object.fromEntries(Object.entries(check(new Evidence(timed(given)))).filter(([, wrong]) => wrong.length > 0));
}

/** The entry of a kind that has these members. */
export function entry<K extends Entry['kind']>(
  { entries }: Sound,
  kind: K,
  members: object,
): Extract<Entry, { kind: K }> {
  const found = entries.find((one) => one.kind === kind && isLike(one, members));
  if (!found) throw new Error('The journal has no such entry.');
  return found as Extract<Entry, { kind: K }>;
}

function isLike(one: object, members: object): boolean {
  return Object.entries(members).every(([name, value]) => one[name as keyof typeof one] === value);
}

export function without(given: Sound, kind: Entry['kind'], members: object): void {
  given.entries.splice(given.entries.indexOf(entry(given, kind, members)), 1);
}

/** Puts an event at the end of the log. */
export function append({ found }: Sound, type: string, data: object): Found {
  const position = found.log.length + 2;
  found.log.push({ stream: 'CH1', position, type, time: position, data } as unknown as AnyStreamEvent);
  return found;
}

/** The visitor comes in, and is told of these messages. */
export function visit(given: Sound, last: number, ...sids: string[]): void {
  given.entries.push({ kind: 'entered', reader: 'visitor', conversation: 'CH1', last });
  for (const sid of sids) given.entries.push({ ...entry(given, 'seen', { event: 'added', sid }), reader: 'visitor' });
}

export function depart({ entries }: Sound): void {
  entries.push({ kind: 'departed', reader: 'visitor', conversation: 'CH1' });
}

/** The guest is let in or taken out. */
export function move(
  { entries }: Sound,
  what: 'join' | 'leave',
  told: Pick<Told, 'outcome' | 'undecided' | 'why'>,
): void {
  const id = `m.${entries.length}`;
  entries.push({ kind: 'asked', id, actor: 'mover', what, conversation: 'CH1', keyed: true, target: 'guest' });
  entries.push({ kind: 'told', id, ...told });
}
