import type { Page } from '@colloquy/protocol';
import type { CallOptions } from './call-options.ts';
import { libraryError } from './errors.ts';

/** A page of a list, and the way to its neighbours. */
export interface Paginator<T> {
  readonly items: T[];
  readonly hasNextPage: boolean;
  readonly hasPrevPage: boolean;
  /** @throws ColloquyError 102 when there is none */
  nextPage(options?: CallOptions): Promise<Paginator<T>>;
  /** @throws ColloquyError 102 when there is none */
  prevPage(options?: CallOptions): Promise<Paginator<T>>;
}

export interface PaginatorOptions extends CallOptions {
  /** Items of a page. */
  pageSize?: number;
}

/** @internal A neighbour that is not there. */
export function noPage(): Promise<never> {
  return Promise.reject(libraryError(102));
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
  return {
    items,
    hasNextPage: next !== null,
    hasPrevPage: before.length > 0,
    nextPage: (options) => (next === null ? noPage() : openPage(fetch, options, next, [...before, at])),
    prevPage: (options) => (before.length ? openPage(fetch, options, before.at(-1), before.slice(0, -1)) : noPage()),
  };
}
