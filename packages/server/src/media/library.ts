import type { Readable } from 'node:stream';
import type { MediaCategory } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Actor } from '../core/actor.ts';
import type { Core } from '../core/core.ts';
import { abandonUpload, beginUpload, finishUpload, longestUpload } from '../core/media/actions.ts';
import { Refusal, refuse } from '../core/refusal.ts';
import { StorageUnavailable } from '../storage/connection.ts';
import type { MediaTable } from '../storage/schema/media.ts';
import { headBytes, judgeContent } from './content-type.ts';
import type { ByteRange, MediaStore } from './store.ts';

export interface NewMedia {
  /** Null for what came through a channel. */
  service: string | null;
  category: MediaCategory;
  filename: string | null;
  /** As declared, checked for its form; null when nobody said. */
  contentType: string | null;
  /** Read to its end, or given up without destroying it. */
  bytes: AsyncIterable<Uint8Array>;
  /** What is labelled as something harmless and is not: refused, or taken under its right name. */
  deceptive: 'refuse' | 'relabel';
  /** Less than what the server takes at most. */
  maxBytes?: number;
}

export interface MediaLibraryOptions {
  core: Core;
  store: MediaStore;
  logger: Logger;
  /** Where others can fetch the bytes for an hour, without credentials; null where no public URL is configured. */
  urlFor: (sid: string) => string | null;
}

/** Brings media in and out: what the database knows of them, and their bytes. */
export class MediaLibrary {
  readonly #core: Core;
  readonly #store: MediaStore;
  readonly #logger: Logger;
  readonly urlFor: MediaLibraryOptions['urlFor'];

  constructor({ core, store, logger, urlFor }: MediaLibraryOptions) {
    this.#core = core;
    this.#store = store;
    this.#logger = logger;
    this.urlFor = urlFor;
  }

  /**
   * Takes a file in. Resolves when its bytes and what is known of it are durable; when it rejects there is no media,
   * and what was stored of it goes; save where nobody can say (`OutcomeUnknown`): then there may be media that nobody attaches.
   *
   * @param signal says that whoever sends it is gone
   * @throws Refusal 50511 for a type that deceives, 50512 for one that is too large, 50050
   */
  async add(actor: Actor, media: NewMedia, signal: AbortSignal): Promise<MediaTable> {
    const bytes = new Counted(media.bytes, media.maxBytes ?? this.#core.limits.mediaBytes);
    const { contentType, deceptive } = await judgeContent(media.contentType, await bytes.head());
    if (deceptive && media.deceptive === 'refuse') throw refuse(50511);

    const { sid } = await this.#core.run(beginUpload, actor, {});
    const tooSlow = new AbortController();
    const callOff = this.#core.clock.at(this.#core.clock.now() + longestUpload, () => tooSlow.abort());
    try {
      await this.#put(sid, bytes, AbortSignal.any([signal, tooSlow.signal]));
      const { service, category, filename } = media;
      const { size } = bytes;
      return await this.#core.run(finishUpload, actor, { sid, service, category, filename, contentType, size });
    } catch (error) {
      await this.#abandon(actor, sid);
      throw error;
    } finally {
      callOff();
    }
  }

  /**
   * The bytes of media that there is, or a piece of them.
   *
   * @param signal says that nobody wants them any more
   * @throws StorageUnavailable when the store is out of reach
   * @throws Error when it has lost them
   */
  async open(sid: string, range?: ByteRange, signal?: AbortSignal): Promise<Readable> {
    const stream = await this.#store.open(sid, range, signal).catch((error) => {
      if (!signal?.aborted) this.#logger.error({ error, media: sid }, 'a file could not be opened');
      throw new StorageUnavailable('The media store cannot give files.');
    });
    if (!stream) throw new Error(`The bytes of ${sid} are not in the store.`);
    return stream;
  }

  async #put(sid: string, bytes: Counted, signal: AbortSignal): Promise<void> {
    try {
      await this.#store.put(sid, bytes, signal);
    } catch (error) {
      if (error instanceof Refusal || signal.aborted || bytes.failed) throw error;
      this.#logger.error({ error, media: sid }, 'a file could not be stored');
      throw new StorageUnavailable('The media store cannot take files.');
    }
  }

  /** Where that fails too, the bytes go when the upload would have ended at the latest. */
  async #abandon(actor: Actor, sid: string): Promise<void> {
    try {
      await this.#core.run(abandonUpload, actor, { sid });
    } catch (error) {
      this.#logger.error({ error, media: sid }, 'an upload that failed is cleared away later');
    }
  }
}

/** Bytes that are counted as they pass, and refused where there are too many. */
class Counted implements AsyncIterable<Uint8Array> {
  readonly #limit: number;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #ahead: Uint8Array[] = [];
  /** Was it the source that broke off? */
  failed = false;
  size = 0;

  constructor(source: AsyncIterable<Uint8Array>, limit: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#limit = limit;
  }

  /** The first bytes, which stay to be read. */
  async head(): Promise<Uint8Array> {
    let length = 0;
    while (length < headBytes) {
      const piece = await this.#next();
      if (!piece) break;
      this.#ahead.push(piece);
      length += piece.byteLength;
    }
    return Buffer.concat(this.#ahead, length).subarray(0, headBytes);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      for (let piece = this.#ahead.shift(); piece; piece = this.#ahead.shift()) yield piece;
      for (let piece = await this.#next(); piece; piece = await this.#next()) yield piece;
    } finally {
      await this.#source.return?.();
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#source.next().catch((error) => {
      this.failed = true;
      throw error;
    });
    if (done) return undefined;
    this.size += value.byteLength;
    if (this.size > this.#limit) throw refuse(50512, { limit: this.#limit });
    return value;
  }
}
