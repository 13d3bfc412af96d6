import type { Cursor } from '../../../core/paging.ts';
import { invalid } from '../../http/parameters.ts';

/** As the client sends it back with the next request. Null: there is no such page. */
export function writeCursor(cursor: Cursor | null): string | null {
  return cursor && Buffer.from(JSON.stringify([cursor.direction, ...cursor.key])).toString('base64url');
}

/** @throws Refusal 20422 for what `writeCursor` did not give out */
export function readCursor(query: URLSearchParams): Cursor | undefined {
  const given = query.get('PageToken');
  if (given === null || given === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(given, 'base64url').toString());
    if (Array.isArray(parsed) && parsed.every((part) => typeof part === 'string' || typeof part === 'number')) {
      const [direction, ...key] = parsed;
      if ((direction === 'next' || direction === 'previous') && key.length > 0) return { direction, key };
    }
  } catch {}
  throw invalid('PageToken', 'not a page that this server gave');
}
