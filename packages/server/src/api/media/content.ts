import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReadableMedia } from '../../core/media/access.ts';
import type { MediaLibrary } from '../../media/library.ts';
import type { ByteRange } from '../../media/store.ts';
import type { MediaTable } from '../../storage/schema/media.ts';

/** What a browser shows itself, and never runs. Everything else is offered for saving. */
const shown =
  /^(?:image\/(?:png|jpeg|jpg|gif|webp|avif|bmp|heic|heif)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain)(?:;|$)/;

/**
 * Answers with the bytes, or the range of them that was asked for (RFC 9110, section 14).
 *
 * Whatever the file is, it cannot act in the name of this server: browsers take it for nothing but its type
 * (`nosniff`), and run it in a sandbox without scripts and without an origin (`Content-Security-Policy`).
 */
export async function sendContent(
  library: MediaLibrary,
  row: ReadableMedia,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const etag = `"${row.sid}"`;
  const { headers } = request;
  const about = {
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, max-age=300',
    'Content-Disposition': disposition(row),
    'Content-Security-Policy':
      "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Referrer-Policy': 'no-referrer',
    // A browser is not to show one user what it keeps of another's.
    Vary: 'Authorization, X-Twilio-Token',
    'X-Content-Type-Options': 'nosniff',
    ETag: etag,
  };
  // Bytes of a SID never change.
  if (
    headers['if-none-match']?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*')
  ) {
    return reply.code(304).headers(about).send();
  }
  const unchanged = headers['if-range'] === undefined || headers['if-range'] === etag;
  // Only GET knows ranges (RFC 9110, section 14.2).
  const piece = rangeOf(unchanged && request.method === 'GET' ? headers.range : undefined, row.size);
  if (piece === 'unsatisfiable') {
    return reply.code(416).headers(about).header('Content-Range', `bytes */${row.size}`).send();
  }
  // First of all, so that an error has none of the file's headers: it would be kept in its place.
  const bytes = request.method === 'HEAD' ? undefined : await openFor(reply, (gone) => open(library, row, piece, gone));
  reply.headers(about);
  if (piece) reply.code(206).header('Content-Range', `bytes ${piece.first}-${piece.last}/${row.size}`);
  reply.header('Content-Length', piece ? piece.last - piece.first + 1 : row.size).type(row.content_type);
  return reply.send(bytes);
}

async function open(
  library: MediaLibrary,
  row: ReadableMedia,
  piece: ByteRange | undefined,
  gone: AbortSignal,
): Promise<Readable> {
  if (!('bytes' in row)) return library.open(row.sid, piece, gone);
  return Readable.from(piece ? row.bytes.subarray(piece.first, piece.last + 1) : row.bytes);
}

/** Opens a file as long as somebody waits for it: a store that does not answer would collect those who left. */
async function openFor(reply: FastifyReply, open: (gone: AbortSignal) => Promise<Readable>): Promise<Readable> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  reply.raw.once('close', leave);
  try {
    return await open(gone.signal);
  } finally {
    reply.raw.off('close', leave);
  }
}

/** One range; several of them, and units that are not bytes, stand for the whole, as RFC 9110, section 14.2, allows. */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes= *(\d*)-(\d*) *$/.exec(header ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (from === '' && to === '') return undefined;
  if (from === '') {
    const length = Math.min(Number(to), size);
    return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < first) return undefined;
  return first >= size ? 'unsatisfiable' : { first, last };
}

/** RFC 6266: the name once for old readers, in what is left of it in ASCII, and once as it is. */
export function disposition({ content_type, filename }: Pick<MediaTable, 'content_type' | 'filename'>): string {
  const kind = shown.test(content_type) ? 'inline' : 'attachment';
  if (filename === null) return kind;
  const plain = filename.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(filename.toWellFormed()).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
