import { constants, createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteRange, MediaStore } from '../store.ts';

/**
 * Keeps media below a directory, readable by its owner alone. A file is there under its name only when it is whole
 * and on disk; while it is written its name ends in `.part`.
 */
export class DiskStore implements MediaStore {
  readonly #directory: string;

  /** @param directory made when it is needed */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async put(sid: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const path = this.#pathOf(sid);
    const part = `${path}.part`;
    const made = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // Of a new directory the name has to be on disk, too.
    if (made !== undefined) await sync(dirname(made));
    try {
      await pipeline(bytes, createWriteStream(part, { flags: 'w', mode: 0o600, flush: true }), { signal });
    } catch (error) {
      // At once: on a disk that it has filled, nothing could be written that says what has to go.
      await rm(part, { force: true }).catch(() => {});
      throw error;
    }
    await rename(part, path);
    await sync(dirname(path));
  }

  async open(sid: string, range?: ByteRange): Promise<Readable | undefined> {
    const path = this.#pathOf(sid);
    try {
      await access(path, constants.R_OK);
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
    return createReadStream(path, range && { start: range.first, end: range.last });
  }

  async remove(sid: string): Promise<void> {
    const path = this.#pathOf(sid);
    await rm(`${path}.part`, { force: true });
    await rm(path, { force: true });
  }

  /** The last digits of a SID are random, so 256 directories share the files evenly. */
  #pathOf(sid: string): string {
    return join(this.#directory, sid.slice(-2).toLowerCase(), sid);
  }
}

function isAbsence(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** A new name is on disk only once its directory is. Windows has no such call, and needs none. */
async function sync(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
