import type { Readable } from 'node:stream';

/** A piece of a file: both bytes belong to it, counted from 0. */
export interface ByteRange {
  first: number;
  last: number;
}

/**
 * Where the bytes of media are: on disk, or in a bucket. A file is named by its media SID, is written once and never
 * changed. `conformance.ts` is what a store has to pass.
 */
export interface MediaStore {
  /**
   * Takes a file in, a piece at a time. Resolves when it is durable; until then nobody can open it. What it leaves
   * behind when it rejects, or the process dies, goes with `remove`.
   *
   * @param signal asks it to give up
   */
  put(sid: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /**
   * The bytes, or a piece of them that is known to be there; undefined when there is no such file.
   *
   * @param signal asks it to give up
   */
  open(sid: string, range?: ByteRange, signal?: AbortSignal): Promise<Readable | undefined>;
  /** Resolves when nothing of it is left, also if there was nothing. */
  remove(sid: string): Promise<void>;
}
