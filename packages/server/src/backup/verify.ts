import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OperateError } from '../operate/operate-error.ts';
import { grouped } from '../operate/progress.ts';
import type { Value } from '../storage/connection.ts';
import type { Row } from '../storage/tables.ts';
import { checksumOf, readLines } from './lines.ts';
import { type FileNote, type Manifest, manifestFile, manifestSchema } from './manifest.ts';
import { readMediaNotes, readMedium } from './media.ts';
import { readShortFile } from './open-file.ts';

/** Bytes. It names some fifty files. */
const longestManifest = 1024 ** 2;
/** Bytes. It is a key, or a few. */
const longestSecret = 64 * 1024;

/** @throws OperateError when the directory holds no backup that this version can read */
export async function readManifest(directory: string): Promise<Manifest> {
  const path = join(directory, manifestFile);
  if (!existsSync(path)) throw new OperateError(`${directory} is no backup: it has no ${manifestFile}.`, 2);
  const text = (await readShortFile(directory, manifestFile, longestManifest)).toString();
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new OperateError(`${path} is damaged: it is not JSON.`);
  }
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const format = (content as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > 1) {
    throw new OperateError(`${directory} was written by a newer version of Colloquy; use that one.`);
  }
  throw new OperateError(`${path} is damaged: ${parsed.error.issues[0]?.path.join('.')} does not fit.`);
}

/**
 * Reads a whole backup and holds it against its manifest.
 *
 * @throws OperateError when anything is missing or other than it was written
 */
export async function verifyBackup(directory: string, say: (text: string) => void): Promise<Manifest> {
  const manifest = await readManifest(directory);
  for (const note of [...manifest.tables, ...(manifest.media ? [manifest.media] : [])]) {
    await verifyFile(directory, note);
    say(`verified ${note.file}`);
  }
  for (const note of manifest.secrets) await readSecret(directory, note);
  for (const table of manifest.tables) for await (const _page of readRows(directory, table));
  if (!manifest.media) return manifest;
  let files = 0;
  for await (const page of readMediaNotes(directory, manifest.media)) {
    for (const note of page) {
      for await (const _piece of readMedium(directory, note));
      files += 1;
      say(`verified files: ${grouped(files)}`);
    }
  }
  if (files === manifest.media.files) return manifest;
  throw new OperateError(
    `${join(directory, manifest.media.file)} names ${files} files, and should name ${manifest.media.files}.`,
  );
}

async function verifyFile(directory: string, { file, sha256 }: FileNote): Promise<void> {
  if ((await checksumOf(directory, file)) === sha256) return;
  throw new OperateError(`${join(directory, file)} is damaged: its checksum is another one.`);
}

/** The text of a file of secrets. @throws OperateError when it is not what was written */
export async function readSecret(directory: string, { file, sha256 }: FileNote): Promise<string> {
  const bytes = await readShortFile(directory, file, longestSecret);
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes.toString();
  throw new OperateError(`${join(directory, file)} is damaged: its checksum is another one.`);
}

/**
 * The rows of a table's file.
 *
 * @throws OperateError when it is not what was written: the rows that have come until then are to be given up
 */
export async function* readRows(directory: string, table: Manifest['tables'][number]): AsyncGenerator<Row[]> {
  const path = join(directory, table.file);
  const counted = (read: number | string) =>
    new OperateError(`${path} has ${read} rows of ${table.name}, and should have ${table.rows}.`);
  let columns: string[] = [];
  let read = 0;
  for await (const page of readLines(directory, table)) {
    const rows: Row[] = [];
    for (const line of page) {
      if (!Array.isArray(line)) columns = columnsOf(line as { columns?: unknown } | null, path);
      else if (isRow(line, columns))
        rows.push(Object.fromEntries(columns.map((column, at) => [column, line[at] ?? null])));
      else throw new OperateError(`${path} is damaged: it has a line that is no row.`);
    }
    read += rows.length;
    if (read > table.rows) throw counted('more');
    if (rows.length > 0) yield rows;
  }
  if (read !== table.rows) throw counted(read);
}

function isRow(line: unknown[], columns: readonly string[]): line is Value[] {
  return line.length === columns.length && line.every((value) => value === null || isPlain(value));
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

/** @throws OperateError when one has a name that no column of ours has: names become part of SQL */
function columnsOf(line: { columns?: unknown } | null, path: string): string[] {
  const columns = line?.columns;
  if (Array.isArray(columns) && columns.every((name) => typeof name === 'string' && /^[a-z][a-z0-9_]*$/.test(name))) {
    return columns;
  }
  throw new OperateError(`${path} is damaged: it names what is no column.`);
}
