/** Files of lines, each a JSON value, compressed; and their checksums. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { OperateError } from '../operate/operate-error.ts';
import type { FileNote } from './manifest.ts';
import { openFile } from './open-file.ts';

const newline = 0x0a;
/** Bytes. No row that a server writes comes near; a few bytes of a compressed file can stand for many. */
const longestLine = 64 * 1024 ** 2;
/** Values that are read at a time: so many at most, of not much more bytes than that. */
const pageSize = 1000;
const pageBytes = 4 * 1024 ** 2;

/** Passes bytes on, and has their checksum afterwards. */
export function summing() {
  const hash = createHash('sha256');
  return {
    through: async function* (bytes: AsyncIterable<Uint8Array>) {
      for await (const piece of bytes) {
        hash.update(piece);
        yield piece;
      }
    },
    digest: () => hash.digest('hex'),
  };
}

/** @param path of a file that is not there @returns the file's checksum */
export async function writeLines(path: string, pages: AsyncIterable<readonly unknown[]>): Promise<string> {
  const sum = summing();
  const text = async function* () {
    for await (const page of pages) yield page.map((value) => `${JSON.stringify(value)}\n`).join('');
  };
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(Readable.from(text()), createGzip({ level: 1 }), sum.through, file);
  return sum.digest();
}

/**
 * The values of a file of a backup, some at a time.
 *
 * @throws OperateError when it is not what was written: what has come until then is to be given up
 */
export async function* readLines(directory: string, { file, sha256 }: FileNote): AsyncGenerator<unknown[]> {
  const bytes = (await openFile(directory, file)).createReadStream();
  const text = createGunzip();
  const sum = summing();
  const flowing = pipeline(bytes, sum.through, text);
  // What breaks on the way comes out where it is read.
  flowing.catch((error: Error) => text.destroy(error));
  const damaged = (why: string) => new OperateError(`${join(directory, file)} is damaged: ${why}.`);
  let page: unknown[] = [];
  let size = 0;
  try {
    const tooLong = damaged(`it has a line of more than ${longestLine} bytes`);
    for await (const line of split(text, tooLong)) {
      page.push(JSON.parse(line.toString()));
      size += line.length;
      if (page.length < pageSize && size < pageBytes) continue;
      yield page;
      page = [];
      size = 0;
    }
    await flowing;
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged('it has a line that is no JSON');
    if ((error as { code?: string }).code?.startsWith('Z_')) throw damaged((error as Error).message);
    throw error;
  } finally {
    text.destroy();
    bytes.destroy();
  }
  if (sum.digest() !== sha256) throw damaged('its checksum is another one');
  if (page.length > 0) yield page;
}

/** @param tooLong is thrown when a line is */
async function* split(pieces: AsyncIterable<Buffer>, tooLong: Error): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let to = piece.indexOf(newline); to !== -1; to = piece.indexOf(newline, from)) {
      const end = piece.subarray(from, to);
      yield parts.length === 0 ? end : Buffer.concat([...parts, end]);
      parts = [];
      length = 0;
      from = to + 1;
    }
    if (from === piece.length) continue;
    parts.push(piece.subarray(from));
    length += piece.length - from;
    if (length > longestLine) throw tooLong;
  }
  if (length > 0) yield Buffer.concat(parts);
}

export async function checksumOf(directory: string, name: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await openFile(directory, name);
  for await (const piece of file.createReadStream()) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}
