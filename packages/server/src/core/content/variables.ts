import type { Limits } from '@colloquy/protocol';
import { refuse } from '../refusal.ts';
import { isStorable } from '../storable.ts';

/**
 * The variables that a message brings for its template: a JSON object of texts. Numbers and truth values count as the
 * texts that they are written as.
 *
 * @throws Refusal 50529, 50527, 50540, 50541, 20422
 */
export function readVariables(text: string, limits: Limits): ReadonlyMap<string, string> {
  if (text.length > limits.contentVariables) throw refuse(50529, { limit: limits.contentVariables });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse(50527);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(50527);
  const entries = Object.entries(value).map(([name, one]): [string, string] => {
    if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean') throw refuse(50527);
    return [name, String(one)];
  });
  // Escapes may stand for what no text of a message has.
  if (!entries.flat().every(isStorable)) throw refuse(50527);
  return checkVariables(entries, limits);
}

/** @throws Refusal 50540, 50541, 20422 */
export function checkVariables(
  entries: readonly (readonly [name: string, value: string])[],
  limits: Limits,
): ReadonlyMap<string, string> {
  const { contentVariableCount: most, contentVariableKey, contentVariableValue } = limits;
  if (entries.length > most) throw refuse(20422, { parameter: 'ContentVariables', reason: `more than ${most}` });
  for (const [name, value] of entries) {
    if (name.length > contentVariableKey) throw refuse(50540, { limit: contentVariableKey });
    if (value.length > contentVariableValue) throw refuse(50541, { limit: contentVariableValue });
  }
  return new Map(entries);
}
