import type { MediaResource } from '@colloquy/protocol';
import type { CallOptions } from '../call-options.ts';
import { type CancellablePromise, cancellable } from '../cancellable-promise.ts';
import type { MediaLinks } from './links.ts';

/** What a part of a message is: a file that was attached, or the body or quoted history of an e-mail. */
export type MediaCategory = 'media' | 'body' | 'history';

/** A file of a message. It does not change. */
export class Media {
  declare readonly sid: string;
  declare readonly filename: string | null;
  /** As the server found it to be, which may differ from what was declared. */
  declare readonly contentType: string;
  /** Bytes. */
  declare readonly size: number;
  declare readonly category: MediaCategory;
  readonly #links: MediaLinks | undefined;

  /** @internal */
  constructor(resource: MediaResource, links?: MediaLinks) {
    Object.assign(this, resource);
    this.#links = links;
  }

  /**
   * An address at which the bytes can be read without credentials, for `<img src>` and the like. It is good for one
   * minute at least and five at most. Null for the media of a push notification that was parsed without a client.
   *
   * @throws ColloquyError 50507 when the message was removed, or is none of the user's any more
   */
  getContentTemporaryUrl(options?: CallOptions): CancellablePromise<string | null> {
    return cancellable(async () => (await this.#links?.linkOf(this.sid)) ?? null, options);
  }
}

/** @internal */
export function sidsOf(media: readonly { sid: string }[]): string[] {
  return media.map(({ sid }) => sid);
}
