import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OperateError } from '../operate/operate-error.ts';
import { grouped } from '../operate/progress.ts';
import type { Value } from '../storage/connection.ts';
import type { Row } from '../storage/tables.ts';
import { checksumOf, readLines } from './lines.ts';
import { type Manifest, manifestFile, manifestSchema } from './manifest.ts';
import { mediaPath, readMediaNotes } from './media.ts';

/** @throws OperateError when the directory holds no backup that this version can read */
export function readManifest(directory: string): Manifest {
  const path = join(directory, manifestFile);
  if (!existsSync(path)) throw new OperateError(`${directory} is no backup: it has no ${manifestFile}.`, 2);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new OperateError(`${path} is damaged: it is not JSON.`);
  }
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const format = (content as { format?: unknown }).format;
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
  const manifest = readManifest(directory);
  for (const note of [...manifest.tables, ...manifest.secrets, ...(manifest.media ? [manifest.media] : [])]) {
    await verifyFile(directory, note.file, note.sha256);
    say(`verified ${note.file}`);
  }
  for (const { file, rows, name } of manifest.tables) {
    let read = 0;
    for await (const page of readRows(join(directory, file))) read += page.length;
    if (read !== rows) {
      throw new OperateError(`${join(directory, file)} has ${read} rows of ${name}, and should have ${rows}.`);
    }
  }
  if (!manifest.media) return manifest;
  let files = 0;
  for await (const page of readMediaNotes(join(directory, manifest.media.file))) {
    for (const { sid, size, sha256 } of page) {
      const path = mediaPath(directory, sid);
      if (!existsSync(path) || statSync(path).size !== size || (await checksumOf(path)) !== sha256) {
        throw new OperateError(`${path} is missing or damaged.`);
      }
      files += 1;
      say(`verified files: ${grouped(files)}`);
    }
  }
  return manifest;
}

async function verifyFile(directory: string, file: string, sha256: string): Promise<void> {
  const path = join(directory, file);
  if (!existsSync(path)) throw new OperateError(`${path} is missing.`);
  if ((await checksumOf(path)) !== sha256) throw new OperateError(`${path} is damaged: its checksum is another one.`);
}

/** The rows of a table's file. */
export async function* readRows(path: string): AsyncGenerator<Row[]> {
  let columns: string[] = [];
  for await (const page of readLines<{ columns: string[] } | Value[]>(path)) {
    const rows: Row[] = [];
    for (const line of page) {
      if (!Array.isArray(line)) columns = columnsOf(line, path);
      else rows.push(Object.fromEntries(columns.map((column, at) => [column, line[at] ?? null])));
    }
    if (rows.length > 0) yield rows;
  }
}

/** @throws OperateError when one has a name that no column of ours has: names become part of SQL */
function columnsOf(line: { columns?: unknown } | null, path: string): string[] {
  const columns = line?.columns;
  if (Array.isArray(columns) && columns.every((name) => typeof name === 'string' && /^[a-z][a-z0-9_]*$/.test(name))) {
    return columns;
  }
  throw new OperateError(`${path} is damaged: it names what is no column.`);
}
