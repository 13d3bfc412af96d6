import { isSid, type Limits } from '@colloquy/protocol';
import { refuse } from './refusal.ts';

/** Contract: attributes are JSON text of any JSON value, kept as given. Absent or empty means `{}`. */
export function checkAttributes(text: string | undefined, limitBytes: number): string {
  if (text === undefined || text === '') return '{}';
  // One character is at most three bytes here, so most texts need no count.
  if (text.length * 3 > limitBytes && Buffer.byteLength(text) > limitBytes) {
    throw refuse(50303, { limit: limitBytes });
  }
  if (text !== '{}') {
    try {
      JSON.parse(text);
    } catch {
      throw refuse(50304);
    }
  }
  return text;
}

/** Any text up to the limit. */
export function checkFriendlyName(name: string | null | undefined, limits: Limits): string | null {
  if (name === undefined || name === null) return null;
  if (name.length > limits.friendlyName) throw refuse(50003, { limit: limits.friendlyName });
  return name;
}

/** Not of the form of a conversation SID, which would shadow that conversation in paths. Empty means none. */
export function checkUniqueName(name: string | null | undefined, limits: Limits): string | null {
  if (name === undefined || name === null || name === '') return null;
  if (name.length > limits.uniqueName) throw refuse(50004, { limit: limits.uniqueName });
  if (isSid(name, 'CH')) throw refuse(50390);
  return name;
}

/** Not empty, case-sensitive; `system` and the forms of the SIDs that stand in its place are taken. */
export function checkIdentity(identity: string, limits: Limits): string {
  if (identity === '') throw refuse(50204);
  if (identity.length > limits.identity) throw refuse(50207, { limit: limits.identity });
  if (isSid(identity, 'US') || isSid(identity, 'MB')) throw refuse(50206);
  if (identity === 'system') throw refuse(50203);
  return identity;
}

/** A message index or nothing. */
export function checkReadIndex(index: number | null): number | null {
  if (index !== null && (!Number.isSafeInteger(index) || index < 0)) throw refuse(50421);
  return index;
}
