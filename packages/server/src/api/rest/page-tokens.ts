import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Cursor } from '../../core/paging.ts';
import type { Value } from '../../storage/connection.ts';
import { invalid } from '../http/parameters.ts';

/** Where a page of a list begins, and which page it is, counted from 0. */
export interface PagePosition {
  page: number;
  cursor: Cursor;
}

const macBytes = 12;

/**
 * Page tokens: a position in a list, signed together with the list's address and filters. So a token is good for
 * exactly the list that it came from, and what is in it needs no checks of its own.
 */
export class PageTokens {
  readonly #key: string;

  /** @param secret must stay the same for tokens to outlive a restart */
  constructor(secret: string) {
    this.#key = `page tokens: ${secret}`;
  }

  /** @param list what names the list and its filters */
  write(list: string, { page, cursor }: PagePosition): string {
    const content = JSON.stringify([page, cursor.direction, ...cursor.key]);
    return Buffer.concat([this.#mac(list, content), Buffer.from(content)]).toString('base64url');
  }

  /**
   * @param parameter what the caller calls it
   * @throws Refusal 20422 when the token is not of this list
   */
  read(list: string, token: string, parameter = 'PageToken'): PagePosition {
    const bytes = Buffer.from(token, 'base64url');
    const content = bytes.toString('utf8', macBytes);
    const mac = bytes.subarray(0, macBytes);
    if (mac.length < macBytes || !timingSafeEqual(mac, this.#mac(list, content))) {
      throw invalid(parameter, 'not one of this list');
    }
    const [page, direction, ...key] = JSON.parse(content) as [number, Cursor['direction'], ...Value[]];
    return { page, cursor: { direction, key } };
  }

  #mac(list: string, content: string): Buffer {
    return createHmac('sha256', this.#key).update(`${list}\n${content}`).digest().subarray(0, macBytes);
  }
}
