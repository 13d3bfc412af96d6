import { limits } from '@colloquy/protocol';
import type { Page, PageRequest } from '../../core/paging.ts';
import { invalid, type Parameters } from '../http/parameters.ts';
import type { Call } from './call.ts';

export interface List<Row> {
  /** Name of the array in the answer. */
  key: string;
  /** The largest page; more is cut down to it, since clients ask for as much as they want in all. */
  maxPageSize: 5 | 50 | 100;
  /** Absolute URL of the list, with SIDs, without query. */
  url: string;
  /** What narrows or orders the list, as the caller gave it: kept in the URLs of the other pages. */
  filters?: readonly (readonly [name: string, value: string | undefined])[];
  fetch: (request: PageRequest) => Promise<Page<Row>>;
  present: (row: Row) => object;
}

/** A page of a list, in the form of behaviour reference, section 3. */
export async function presentList<Row>(call: Call, query: Parameters, list: List<Row>): Promise<object> {
  const size = pageSize(query, list.maxPageSize);
  const filters = (list.filters ?? []).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  const name = [list.url.slice(call.versionUrl.length), ...filters].join('&');
  const token = query.text('PageToken');
  const position = token === undefined ? undefined : call.pageTokens.read(name, token);
  readPageNumber(query);

  const rows = await list.fetch({ limit: size, cursor: position?.cursor });
  const page = position?.page ?? 0;
  const urlOf = (number: number, pageToken?: string) => {
    const paging = [
      `PageSize=${size}`,
      `Page=${number}`,
      ...(pageToken === undefined ? [] : [`PageToken=${pageToken}`]),
    ];
    return `${list.url}?${[...filters, ...paging].join('&')}`;
  };
  const neighbour = (cursor: typeof rows.next, number: number) =>
    cursor && urlOf(number, call.pageTokens.write(name, { page: number, cursor }));

  return {
    [list.key]: rows.items.map(list.present),
    meta: {
      page,
      page_size: size,
      first_page_url: urlOf(0),
      // Rows that came since before what was the first page make no page of a negative number.
      previous_page_url: neighbour(rows.previous, Math.max(page - 1, 0)),
      url: urlOf(page, position && call.pageTokens.write(name, position)),
      next_page_url: neighbour(rows.next, page + 1),
      key: list.key,
    },
  };
}

function pageSize(query: Parameters, max: number): number {
  return Math.min(Math.max(query.integer('PageSize') ?? limits.defaultPageSize, 1), max);
}

/** The number means nothing to the server: the token has the position, and without one it is the first page. */
function readPageNumber(query: Parameters): void {
  const page = query.integer('Page');
  if (page !== undefined && page < 0) throw invalid('Page', 'below 0');
}
