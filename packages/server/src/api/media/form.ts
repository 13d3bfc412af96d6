import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { Refusal, refuse } from '../../core/refusal.ts';
import { invalid } from '../http/parameters.ts';

/** The one file of a form, as it arrives. */
export interface FormFile {
  /** Ends with the form, not with the file: what follows a file may be wrong, too. */
  bytes: AsyncIterable<Uint8Array>;
  filename: string | undefined;
  contentType: string;
}

/** A file, and what an app says of it. */
const mostParts = 30;

const unreadable = () => invalid('body', 'not a form that can be read');

/** Reads a stream; when the reader gives up it is left as it is, since the answer goes out on the same connection. */
export function kept(stream: Readable): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array> };
}

/** Did a request that is closed end too early? */
export function isBroken(request: IncomingMessage): boolean {
  return !request.complete && !request.readableEnded;
}

/**
 * Reads a `multipart/form-data` body (RFC 7578) up to its file. What it says besides is not looked at.
 *
 * @param limit of the file, in bytes; the reader sees one more when there are more
 * @returns the file, and what lets go of the request
 * @throws Refusal 20422 for what is no form with one file
 */
export async function readForm(
  request: IncomingMessage,
  limit: number,
): Promise<{ file: FormFile; letGo: () => void }> {
  const parser = openParser(request, limit);
  let stream: BusboyFileStream | undefined;
  const ending = Promise.withResolvers<void>();
  const found = Promise.withResolvers<FormFile>();
  const fail = (error: Error) => {
    ending.reject(error);
    found.reject(error);
    // Whoever reads it would wait for ever.
    stream?.destroy(error);
  };
  // Both are told of a failure, and at most one of them is waited for by then.
  ending.promise.catch(() => {});
  found.promise.catch(() => {});

  const broken = () => fail(new Error('The request broke off.'));
  const closed = () => {
    if (isBroken(request)) broken();
  };
  request.once('error', broken).once('close', closed);
  parser.once('error', () => fail(unreadable()));
  parser.once('filesLimit', () => fail(invalid('body', 'a form with more than one file')));
  // It would go on to take apart what nobody looks at: a hundred thousand parts take seconds.
  parser.once('partsLimit', () => fail(invalid('body', `a form with more than ${mostParts} parts`)));
  parser.once('finish', () => {
    ending.resolve();
    found.reject(invalid('body', 'a form without a file'));
  });
  parser.once('file', (_field, file, filename: string | undefined, _encoding, contentType) => {
    stream = file;
    // It may fail when nobody reads it any more.
    file.on('error', () => {});
    const bytes = async function* () {
      try {
        yield* kept(file);
      } catch (error) {
        // A file that its form ends before its time fails by itself, before the form is known to be bad.
        throw error instanceof Refusal || isBroken(request) ? error : unreadable();
      }
      if (file.truncated) throw refuse(50512, { limit });
      await ending.promise;
    };
    found.resolve({ bytes: bytes(), filename, contentType });
  });
  request.pipe(parser);
  const letGo = () => {
    request.off('error', broken).off('close', closed).unpipe(parser);
    // Nothing that it still holds is of use; its complaint about that neither.
    parser.on('error', () => {});
    stream?.destroy();
  };
  try {
    return { file: await found.promise, letGo };
  } catch (error) {
    letGo();
    throw error;
  }
}

function openParser({ headers }: IncomingMessage, limit: number): BusboyInstance {
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
      limits: {
        files: 1,
        fileSize: limit,
        fields: 20,
        fieldSize: 1024,
        parts: mostParts,
        headerPairs: 20,
        headerSize: 16 * 1024,
      },
    });
  } catch {
    throw invalid('Content-Type', 'a form without a boundary');
  }
}
