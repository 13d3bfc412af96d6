import type { Cursor } from '../../../core/paging.ts';
import { isStorable } from '../../../core/storable.ts';
import { invalid } from '../../http/parameters.ts';

/** As the client sends it back with the next request. Null: there is no such page. */
export function writeCursor(cursor: Cursor | null): string | null {
  return cursor && Buffer.from(JSON.stringify([cursor.direction, ...cursor.key])).toString('base64url');
}

/**
 * @param types of the values by which the list is ordered
 * @throws Refusal 20422 for what `writeCursor` did not give out
 */
export function readCursor(query: URLSearchParams, ...types: ('string' | 'number')[]): Cursor | undefined {
  const given = query.get('PageToken');
  if (given === null || given === '') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(given, 'base64url').toString());
  } catch {}
  const [direction, ...key] = Array.isArray(parsed) ? parsed : [];
  const fits = key.length === types.length && key.every((value, at) => isOf(value, types[at]));
  if (fits && (direction === 'next' || direction === 'previous')) return { direction, key };
  throw invalid('PageToken', 'not a page that this server gave');
}

function isOf(value: unknown, type: 'string' | 'number' | undefined): boolean {
  if (type === 'number') return Number.isSafeInteger(value) && (value as number) >= 0;
  return typeof value === 'string' && isStorable(value);
}
