import { type ExpressionBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { Value } from '../storage/connection.ts';

/** Where a page begins: beside a row that was seen, named by its sort key, so rows that come and go do not shift it. */
export interface Cursor {
  direction: 'next' | 'previous';
  key: Value[];
}

export interface PageRequest {
  limit: number;
  /** None: the first page. */
  cursor?: Cursor | undefined;
}

export interface Page<Row> {
  items: Row[];
  next: Cursor | null;
  previous: Cursor | null;
}

/** The columns that order a list; together they are unique. None of them may be null. */
export type SortKey = readonly { column: string; order: 'asc' | 'desc' }[];

/**
 * One page of a query, by keyset: costs the same on the thousandth page as on the first.
 *
 * @param query without order and limit; must select the columns of the sort key under their own names
 */
export async function fetchPage<Row>(
  // biome-ignore lint/suspicious/noExplicitAny: any table of the schema, and any join
  query: SelectQueryBuilder<any, any, Row>,
  sortKey: SortKey,
  request: PageRequest,
): Promise<Page<Row>> {
  const { limit, cursor } = request;
  const backwards = cursor?.direction === 'previous';
  let page = query;
  if (cursor) page = page.where((eb) => beyond(eb, sortKey, cursor.key, backwards));
  for (const { column, order } of sortKey) {
    page = page.orderBy(sql.ref(column), (order === 'asc') === backwards ? 'desc' : 'asc');
  }
  const rows = await page.limit(limit + 1).execute();
  const more = rows.length > limit;
  if (more) rows.pop();
  if (backwards) rows.reverse();

  const first = rows[0];
  const last = rows.at(-1);
  const hasNext = backwards ? true : more;
  const hasPrevious = backwards ? more : cursor !== undefined;
  return {
    items: rows,
    next: hasNext && last ? { direction: 'next', key: keyOf(last, sortKey) } : null,
    previous: hasPrevious && first ? { direction: 'previous', key: keyOf(first, sortKey) } : null,
  };
}

/** Where a window begins: at the first row from a key on (none: at the end that the order begins with), or after it. */
export interface WindowRequest {
  order: 'asc' | 'desc';
  limit: number;
  from?: string | undefined;
  /** Leaves the row out whose key is `from`. */
  after?: boolean | undefined;
}

export interface Window<Row> {
  items: Row[];
  hasPrevious: boolean;
  hasNext: boolean;
}

/**
 * Rows of a query from a key on, whether a row has it or not: for APIs that page by keys and not by cursors.
 *
 * @param query without order and limit; must select the column
 * @param column of unique texts, in whose order the rows are
 */
export async function fetchWindow<Row>(
  // biome-ignore lint/suspicious/noExplicitAny: any table of the schema, and any join
  query: SelectQueryBuilder<any, any, Row>,
  column: string,
  { order, limit, from, after = false }: WindowRequest,
): Promise<Window<Row>> {
  const by = sql.ref<string>(column);
  const [onward, back] = order === 'asc' ? (['>', '<'] as const) : (['<', '>'] as const);
  let page = query.orderBy(by, order).limit(limit + 1);
  if (from !== undefined) page = page.where(by, after ? onward : `${onward}=`, from);
  const items = await page.execute();
  const hasNext = items.length > limit;
  if (hasNext) items.pop();
  if (from === undefined) return { items, hasPrevious: false, hasNext };
  const before = await query
    .where(by, after ? `${back}=` : back, from)
    .limit(1)
    .executeTakeFirst();
  return { items, hasPrevious: before !== undefined, hasNext };
}

function keyOf(row: unknown, sortKey: SortKey): Value[] {
  return sortKey.map(({ column }) => (row as Record<string, Value>)[column.slice(column.lastIndexOf('.') + 1)] ?? null);
}

// (a, b) > (x, y) as a > x or (a = x and b > y): row values compare in one direction only, and the columns may differ.
// biome-ignore lint/suspicious/noExplicitAny: see fetchPage
function beyond(eb: ExpressionBuilder<any, any>, sortKey: SortKey, key: readonly Value[], backwards: boolean) {
  return eb.or(
    sortKey.map(({ column, order }, at) =>
      eb.and([
        ...sortKey.slice(0, at).map((earlier, i) => eb(sql.ref(earlier.column), '=', key[i] ?? null)),
        eb(sql.ref(column), (order === 'asc') === backwards ? '<' : '>', key[at] ?? null),
      ]),
    ),
  );
}
