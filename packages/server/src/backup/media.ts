import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MediaStore } from '../media/store.ts';
import type { Db } from '../storage/db.ts';
import { readTable, tables } from '../storage/tables.ts';
import { readLines, summing, writeLines } from './lines.ts';
import { mediaFolder } from './manifest.ts';

/** A file of a message, as a line of the list. */
export interface MediaNote {
  sid: string;
  size: number;
  sha256: string;
}

export const mediaList = 'media.jsonl.gz';

export function mediaPath(directory: string, sid: string): string {
  return join(directory, mediaFolder, sid.slice(-2).toLowerCase(), sid);
}

export interface CopiedMedia {
  sha256: string;
  files: number;
  bytes: number;
  /** SIDs of those that the store does not have. */
  missing: string[];
}

/** Copies the files that a database names out of their store, and lists them. A file never changes once it is there. */
export async function copyMedia(
  db: Db,
  store: MediaStore,
  directory: string,
  onFile: (files: number, bytes: number) => void,
): Promise<CopiedMedia> {
  const copied = { files: 0, bytes: 0, missing: [] as string[] };
  const table = tables.find(({ name }) => name === 'media');
  const notes = async function* () {
    if (!table) return;
    for await (const rows of readTable(db, table)) {
      const page: MediaNote[] = [];
      for (const row of rows) {
        const sid = String(row['sid']);
        const bytes = await store.open(sid);
        if (!bytes) {
          copied.missing.push(sid);
          continue;
        }
        const path = mediaPath(directory, sid);
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        const sum = summing();
        const file = createWriteStream(path, { mode: 0o600, flush: true });
        await pipeline(bytes, sum.through, file);
        copied.files += 1;
        copied.bytes += file.bytesWritten;
        page.push({ sid, size: file.bytesWritten, sha256: sum.digest() });
        onFile(copied.files, copied.bytes);
      }
      yield page;
    }
  };
  const sha256 = await writeLines(join(directory, mediaList), notes());
  return { ...copied, sha256 };
}

/** Puts the files of a backup into a store, all of them or, when that fails, none. */
export async function restoreMedia(
  directory: string,
  list: string,
  store: MediaStore,
  onFile: (files: number) => void,
): Promise<void> {
  let files = 0;
  try {
    for await (const page of readLines<MediaNote>(join(directory, list))) {
      for (const { sid } of page) {
        files += 1;
        await store.put(sid, createReadStream(mediaPath(directory, sid)), new AbortController().signal);
        onFile(files);
      }
    }
  } catch (error) {
    await removeMedia(directory, list, store, files);
    throw error;
  }
}

/** Takes the first files of a backup out of a store again. */
export async function removeMedia(directory: string, list: string, store: MediaStore, most: number): Promise<void> {
  let files = 0;
  for await (const page of readLines<MediaNote>(join(directory, list))) {
    for (const { sid } of page) {
      files += 1;
      if (files > most) return;
      await store.remove(sid);
    }
  }
}
