import type { Page, PageRequest } from '../../../core/paging.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { PageTokens } from '../page-tokens.ts';
import { readInteger } from './query.ts';

/**
 * A page of a list: as many as `limit` says, beginning after where `after` names; and what to send as `after` for the
 * next one, null on the last.
 *
 * @param list names the list and its filters: a token is good for that list alone
 */
export async function readPage<Row>(
  list: string,
  query: Parameters,
  pageTokens: PageTokens,
  fetch: (request: PageRequest) => Promise<Page<Row>>,
): Promise<{ items: Row[]; next: string | null }> {
  const limit = readInteger(query, 'limit', { min: 1, max: 100, otherwise: 50 });
  const after = query.text('after');
  const cursor = after === undefined ? undefined : pageTokens.read(list, after, 'after').cursor;
  const { items, next } = await fetch({ limit, cursor });
  return { items, next: next && pageTokens.write(list, { page: 0, cursor: next }) };
}
