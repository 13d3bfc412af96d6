import type { Page } from '@colloquy/protocol';

/** A page of a list, and the way to its neighbours. */
export interface Paginator<T> {
  readonly items: T[];
  readonly hasNextPage: boolean;
  readonly hasPrevPage: boolean;
  /** @throws Error when there is none */
  nextPage(): Promise<Paginator<T>>;
  /** @throws Error when there is none */
  prevPage(): Promise<Paginator<T>>;
}

/** @internal A neighbour that is not there. */
export function noPage(): Promise<never> {
  return Promise.reject(new Error('There is no such page.'));
}

/**
 * @internal Pages that are found by what the page before said.
 * @param before how the pages before this one were asked for, the first one without anything
 */
export async function openPage<T>(
  fetch: (next?: string) => Promise<Page<T>>,
  at?: string,
  before: (string | undefined)[] = [],
): Promise<Paginator<T>> {
  const { items, next } = await fetch(at);
  return {
    items,
    hasNextPage: next !== null,
    hasPrevPage: before.length > 0,
    nextPage: () => (next === null ? noPage() : openPage(fetch, next, [...before, at])),
    prevPage: () => (before.length ? openPage(fetch, before.at(-1), before.slice(0, -1)) : noPage()),
  };
}
