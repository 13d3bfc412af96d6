/** Files of lines, each a JSON value, compressed; and their checksums. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

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

/** @returns the file's checksum */
export async function writeLines(path: string, pages: AsyncIterable<readonly unknown[]>): Promise<string> {
  const sum = summing();
  const text = async function* () {
    for await (const page of pages) yield page.map((value) => `${JSON.stringify(value)}\n`).join('');
  };
  const file = createWriteStream(path, { mode: 0o600, flush: true });
  await pipeline(Readable.from(text()), createGzip({ level: 1 }), sum.through, file);
  return sum.digest();
}

/** The values of a file, some at a time. */
export async function* readLines<T>(path: string, pageSize = 1000): AsyncGenerator<T[]> {
  const bytes = createReadStream(path);
  const text = createGunzip();
  // What breaks on the way comes out where it is read.
  const flowing = pipeline(bytes, text).catch((error: Error) => text.destroy(error));
  let page: T[] = [];
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    page.push(JSON.parse(line) as T);
    if (page.length >= pageSize) {
      yield page;
      page = [];
    }
  }
  await flowing;
  if (page.length > 0) yield page;
}

export async function checksumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}
