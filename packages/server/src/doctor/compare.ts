/**
 * Which parts of what is stored are not what the log says. What one of the two does not have does not count: an event
 * may have been written by a version of the server that knew less.
 *
 * @param except parts that change without an event
 */
export function differences(logged: string, stored: object, except: readonly string[] = []): string[] {
  const data = JSON.parse(logged) as Record<string, unknown>;
  return Object.entries(stored)
    .filter(([key, value]) => !except.includes(key) && key in data && !same(data[key], value))
    .map(([key]) => key);
}

function same(one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  if (Array.isArray(one) && Array.isArray(other) && one.length !== other.length) return false;
  return Object.entries(one).every(([key, value]) => same(value, (other as Record<string, unknown>)[key]));
}
