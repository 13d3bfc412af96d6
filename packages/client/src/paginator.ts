import type { Page } from '@colloquy/protocol';
import type { CallOptions } from './call-options.ts';
import { libraryError } from './errors.ts';

/** A page of a list, and the way to its neighbours. */
export interface Paginator<T> {
  readonly items: T[];
  readonly hasNextPage: boolean;
  readonly hasPrevPage: boolean;
  /** The page after this one. @throws ColloquyError 102 when there is none */
  nextPage(options?: CallOptions): Promise<Paginator<T>>;
  /** The page before this one. @throws ColloquyError 102 when there is none */
  prevPage(options?: CallOptions): Promise<Paginator<T>>;
}

/** For lists that come in pages. */
export interface PaginatorOptions extends CallOptions {
  /** Items of a page. */
  pageSize?: number;
}

/** A way to a neighbour. */
type Turn<T> = (options?: CallOptions) => Promise<Paginator<T>>;

/** @internal A page whose neighbours are where there is a way to them. */
export function pageOf<T>(items: T[], nextPage: Turn<T> | false, prevPage: Turn<T> | false): Paginator<T> {
  const none = async () => {
    throw libraryError(102);
  };
  return {
    items,
    hasNextPage: !!nextPage,
    hasPrevPage: !!prevPage,
    nextPage: nextPage || none,
    prevPage: prevPage || none,
  };
}

/**
 * @internal Pages that are found by what the page before said.
 * @param before how the pages before this one were asked for, the first one without anything
 */
export async function openPage<T>(
  fetch: (next?: string, options?: CallOptions) => Promise<Page<T>>,
  options?: CallOptions,
  at?: string,
  before: (string | undefined)[] = [],
): Promise<Paginator<T>> {
  const { items, next } = await fetch(at, options);
  return pageOf(
    items,
    next !== null && ((options) => openPage(fetch, options, next, [...before, at])),
    before.length > 0 && ((options) => openPage(fetch, options, before.at(-1), before.slice(0, -1))),
  );
}

/** @internal Goes through a whole list, page by page. @param first the first page, where it is there already */
export async function everyPage<P extends { next: string | null }>(
  fetch: (next?: string) => Promise<P>,
  visit: (page: P) => void,
  first?: P | null,
): Promise<void> {
  for (let page = first ?? (await fetch()); ; page = await fetch(page.next)) {
    visit(page);
    if (page.next === null) return;
  }
}
