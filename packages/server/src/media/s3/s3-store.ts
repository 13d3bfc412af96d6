import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { ByteRange, MediaStore } from '../store.ts';
import { elementOf, type S3Bucket, S3Client, S3Error } from './s3-client.ts';

/**
 * The memory that one upload takes, and the size from which a file goes up in parts. S3 wants at least 5 MiB a part,
 * and at most 10,000 parts.
 */
const partSize = 8 * 1024 * 1024;

/** Keeps media as objects of a bucket, in S3 or in anything that speaks its protocol. */
export class S3Store implements MediaStore {
  readonly #client: S3Client;

  constructor(bucket: S3Bucket) {
    this.#client = new S3Client(bucket);
  }

  async put(sid: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    let upload: string | undefined;
    const etags: string[] = [];
    try {
      for await (const { part, isLast } of partsOf(bytes)) {
        if (isLast && upload === undefined) {
          await drain(await this.#client.call({ method: 'PUT', key: sid, body: part, signal }));
          return;
        }
        upload ??= await this.#begin(sid, signal);
        const query = { uploadId: upload, partNumber: String(etags.length + 1) };
        const response = await this.#client.call({ method: 'PUT', key: sid, query, body: part, signal });
        await drain(response);
        etags.push(response.headers.get('etag') ?? '');
      }
      if (upload !== undefined) await this.#complete(sid, upload, etags, signal);
    } catch (error) {
      // Aborted without the signal, which may be what brought us here.
      if (upload !== undefined) await this.#abort(sid, upload).catch(() => {});
      throw error;
    }
  }

  async open(sid: string, range?: ByteRange, signal?: AbortSignal): Promise<Readable | undefined> {
    try {
      const headers = range && { Range: `bytes=${range.first}-${range.last}` };
      const response = await this.#client.call({
        method: 'GET',
        key: sid,
        ...(headers && { headers }),
        ...(signal && { signal }),
      });
      if (response.body === null) return Readable.from([]);
      const bytes = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
      return range ? Readable.from(pieceOf(bytes, firstByteOf(response), range), { objectMode: false }) : bytes;
    } catch (error) {
      if (error instanceof S3Error && error.status === 404) return undefined;
      throw error;
    }
  }

  async remove(sid: string): Promise<void> {
    for (const upload of await this.#uploadsOf(sid)) await this.#abort(sid, upload);
    await drain(await this.#client.call({ method: 'DELETE', key: sid }));
  }

  async #begin(sid: string, signal: AbortSignal): Promise<string> {
    const response = await this.#client.call({ method: 'POST', key: sid, query: { uploads: '' }, signal });
    const upload = elementOf(await response.text(), 'UploadId');
    if (upload === undefined) throw new Error('The S3 server began an upload without an id.');
    return upload;
  }

  async #complete(sid: string, upload: string, etags: readonly string[], signal: AbortSignal): Promise<void> {
    const parts = etags.map((etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    const response = await this.#client.call({
      method: 'POST',
      key: sid,
      query: { uploadId: upload },
      headers: { 'Content-Type': 'application/xml' },
      body: `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`,
      signal,
    });
    // It answers 200 before it knows whether it can (S3 API, CompleteMultipartUpload).
    const text = await response.text();
    const code = elementOf(text, 'Code');
    if (code !== undefined) throw new S3Error(500, code, elementOf(text, 'Message') ?? 'the parts were not joined');
  }

  async #abort(sid: string, upload: string): Promise<void> {
    try {
      await drain(await this.#client.call({ method: 'DELETE', key: sid, query: { uploadId: upload } }));
    } catch (error) {
      if (!(error instanceof S3Error && error.status === 404)) throw error;
    }
  }

  /** Uploads in parts that a crash cut off. Not every server lists them; there the bucket's own rules clear them away. */
  async #uploadsOf(sid: string): Promise<string[]> {
    const key = this.#client.fullKey(sid);
    let text: string;
    try {
      text = await (await this.#client.call({ method: 'GET', query: { uploads: '', prefix: key } })).text();
    } catch (error) {
      if (error instanceof S3Error && (error.status === 404 || error.status === 405 || error.status === 501)) return [];
      throw error;
    }
    const uploads = text.match(/<Upload>.*?<\/Upload>/gs) ?? [];
    return uploads.flatMap((upload) => {
      const id = elementOf(upload, 'UploadId');
      return id !== undefined && elementOf(upload, 'Key') === key ? [id] : [];
    });
  }
}

/** Cuts bytes into parts of equal size, the last one perhaps smaller; no bytes are one empty part. */
async function* partsOf(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ part: Uint8Array<ArrayBuffer>; isLast: boolean }> {
  let part = new Uint8Array(partSize);
  let filled = 0;
  for await (const piece of bytes) {
    for (let at = 0; at < piece.byteLength; ) {
      if (filled === partSize) {
        yield { part, isLast: false };
        part = new Uint8Array(partSize);
        filled = 0;
      }
      const taken = Math.min(partSize - filled, piece.byteLength - at);
      part.set(piece.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
    }
  }
  yield { part: part.subarray(0, filled), isLast: true };
}

/** Where in the file an answer begins. */
function firstByteOf(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? 0);
}

/** The piece that was asked for; a server may give more. */
async function* pieceOf(bytes: Readable, start: number, { first, last }: ByteRange): AsyncGenerator<Uint8Array> {
  let at = start;
  for await (const chunk of bytes as AsyncIterable<Uint8Array>) {
    const piece = chunk.subarray(Math.max(first - at, 0), Math.max(last + 1 - at, 0));
    at += chunk.byteLength;
    if (piece.byteLength > 0) yield piece;
    if (at > last) return;
  }
}

/** An answer that is not read to its end keeps its connection. */
async function drain(response: Response): Promise<void> {
  await response.arrayBuffer();
}
