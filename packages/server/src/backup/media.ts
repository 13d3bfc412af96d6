import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isSid } from '@colloquy/protocol';
import { sql } from 'kysely';
import type { MediaStore } from '../media/store.ts';
import { OperateError } from '../operate/operate-error.ts';
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
  absent: string[];
}

/** Copies the files that a database names out of their store, and lists them. A file never changes once it is there. */
export async function copyMedia(
  db: Db,
  store: MediaStore,
  directory: string,
  onFile: (files: number, bytes: number) => void,
): Promise<CopiedMedia> {
  const copied = { files: 0, bytes: 0, absent: [] as string[] };
  const table = tables.find(({ name }) => name === 'media');
  const notes = async function* () {
    if (!table) return;
    for await (const rows of readTable(db, table)) {
      const page: MediaNote[] = [];
      for (const row of rows) {
        const sid = String(row['sid']);
        const bytes = await store.open(sid);
        if (!bytes) {
          copied.absent.push(sid);
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

/** @returns those of the files that the database names now */
export async function stillNamed(db: Db, sids: readonly string[]): Promise<string[]> {
  const named: string[] = [];
  for (const sid of sids) {
    const { rows } = await sql`SELECT sid FROM media WHERE sid = ${sid}`.execute(db.sql);
    if (rows.length > 0) named.push(sid);
  }
  return named;
}

/**
 * Puts the files of a backup into a store. Those that it has already stay as they are: a file never changes.
 *
 * @param put is told the SID of each that was not there, before anything of it is
 */
export async function restoreMedia(
  directory: string,
  list: string,
  store: MediaStore,
  put: string[],
  onFile: (files: number) => void,
): Promise<void> {
  let files = 0;
  for await (const page of readMediaNotes(join(directory, list))) {
    for (const { sid } of page) {
      const there = await store.open(sid);
      there?.destroy();
      if (!there) {
        put.push(sid);
        await store.put(sid, createReadStream(mediaPath(directory, sid)), new AbortController().signal);
      }
      files += 1;
      onFile(files);
    }
  }
}

/** Takes files out of a store again. @returns those that it would not give up */
export async function removeMedia(store: MediaStore, sids: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const sid of sids) await store.remove(sid).catch(() => left.push(sid));
  return left;
}

/** @throws OperateError when there is a name in it that no file of a message has: names become paths */
export async function* readMediaNotes(path: string): AsyncGenerator<MediaNote[]> {
  for await (const page of readLines<MediaNote>(path)) {
    for (const note of page) {
      if (!isSid(note?.sid, 'ME')) throw new OperateError(`${path} is damaged: it names what is no file of a message.`);
    }
    yield page;
  }
}
