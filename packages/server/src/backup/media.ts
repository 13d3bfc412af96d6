import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isSid } from '@colloquy/protocol';
import { sql } from 'kysely';
import type { MediaStore } from '../media/store.ts';
import { OperateError } from '../operate/operate-error.ts';
import type { Db } from '../storage/db.ts';
import { readTable, tables } from '../storage/tables.ts';
import { readLines, summing, writeLines } from './lines.ts';
import { type FileNote, mediaFolder } from './manifest.ts';
import { openFile } from './open-file.ts';

/** A file of a message, as a line of the list. */
export interface MediaNote {
  sid: string;
  size: number;
  sha256: string;
}

export const mediaList = 'media.jsonl.gz';

/** Below a backup's directory. */
export function mediaPath(sid: string): string {
  return posix.join(mediaFolder, sid.slice(-2).toLowerCase(), sid);
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
        const path = join(directory, mediaPath(sid));
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        const sum = summing();
        const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
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
  list: FileNote,
  store: MediaStore,
  put: string[],
  onFile: (files: number) => void,
): Promise<void> {
  let files = 0;
  for await (const page of readMediaNotes(directory, list)) {
    for (const note of page) {
      const { sid } = note;
      const there = await store.open(sid);
      there?.destroy();
      if (!there) {
        put.push(sid);
        await store.put(sid, readMedium(directory, note), new AbortController().signal);
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
export async function* readMediaNotes(directory: string, list: FileNote): AsyncGenerator<MediaNote[]> {
  for await (const page of readLines(directory, list)) {
    if (!page.every(isMediaNote)) {
      throw new OperateError(`${join(directory, list.file)} is damaged: it names what is no file of a message.`);
    }
    yield page;
  }
}

function isMediaNote(value: unknown): value is MediaNote {
  const { sid, size, sha256 } = (value ?? {}) as Partial<MediaNote>;
  return typeof sid === 'string' && isSid(sid, 'ME') && typeof size === 'number' && typeof sha256 === 'string';
}

/** The bytes of a file of a message. @throws OperateError at their end, when they are others than were written */
export async function* readMedium(directory: string, { sid, size, sha256 }: MediaNote): AsyncGenerator<Uint8Array> {
  const path = mediaPath(sid);
  const damaged = new OperateError(`${join(directory, path)} is missing or damaged.`);
  const file = await openFile(directory, path);
  const sum = summing();
  let read = 0;
  try {
    if ((await file.stat()).size !== size) throw damaged;
    for await (const piece of sum.through(file.createReadStream({ autoClose: false }))) {
      read += piece.length;
      if (read > size) throw damaged;
      yield piece;
    }
  } finally {
    await file.close();
  }
  if (read !== size || sum.digest() !== sha256) throw damaged;
}
