import { Socket } from 'node:net';
import type { MediaCategory } from '@colloquy/protocol';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../core/actor.ts';
import type { Core } from '../../core/core.ts';
import { refuse } from '../../core/refusal.ts';
import { parseContentType } from '../../media/content-type.ts';
import { safeFilename } from '../../media/filename.ts';
import type { MediaLibrary, NewMedia } from '../../media/library.ts';
import type { MediaTable } from '../../storage/schema/media.ts';
import { queryOf } from '../http/form-body.ts';
import { isBroken, kept, readForm } from './form.ts';

const categories: readonly MediaCategory[] = ['media', 'body', 'history'];

/** What a form has beside its file: boundaries, headers and small fields. */
const formOverhead = 64 * 1024;

/** From whom no byte comes for so long, nothing comes any more; in milliseconds. */
const longestSilence = 30_000;

/**
 * Stores the file that a request brings: its body, or the one file of a form (`multipart/form-data`).
 *
 * @throws Refusal 20415, 20422, 50050, 50511, 50512
 */
export async function receiveUpload(
  core: Core,
  library: MediaLibrary,
  actor: Actor,
  service: string,
  request: FastifyRequest,
): Promise<MediaTable> {
  const { raw } = request;
  const { filename, category, isForm } = readHead(core, request);
  const gone = new AbortController();
  const closed = () => {
    if (isBroken(raw)) gone.abort(new Error('The request broke off.'));
  };
  raw.once('close', closed);
  const heard = cutOffWhenSilent(raw.socket);
  const common = { service, category, deceptive: 'refuse' } as const;
  const add = (media: Pick<NewMedia, 'filename' | 'contentType' | 'bytes'>) =>
    library.add(actor, { ...common, ...media }, gone.signal);
  let letGo = () => {};
  try {
    if (!isForm) {
      return await add({ filename, contentType: declared(raw.headers['content-type']), bytes: kept(raw) });
    }
    const form = await readForm(raw, core.limits.mediaBytes);
    letGo = form.letGo;
    const { file } = form;
    return await add({
      filename: filename ?? safeFilename(unescaped(file.filename)),
      contentType: declared(file.contentType),
      bytes: file.bytes,
    });
  } finally {
    letGo();
    raw.off('close', closed);
    heard();
  }
}

/** @returns what ends the watch. What is injected has no connection to watch */
function cutOffWhenSilent(socket: Socket): () => void {
  if (!(socket instanceof Socket)) return () => {};
  const cutOff = () => socket.destroy();
  socket.setTimeout(longestSilence, cutOff);
  return () => socket.setTimeout(0, cutOff);
}

/** All that can be told before a byte of the file is read. */
function readHead(core: Core, request: FastifyRequest) {
  const { headers } = request;
  const query = queryOf(request);
  const category = query.choice('Category', categories) ?? 'media';
  const filename = safeFilename(query.text('Filename'));
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') throw refuse(20415);
  const isForm = /^multipart\/form-data *(?:;|$)/i.test(headers['content-type'] ?? '');
  const limit = core.limits.mediaBytes;
  const most = isForm ? limit + formOverhead : limit;
  if (Number(headers['content-length'] ?? 0) > most) throw refuse(50512, { limit });
  return { category, filename, isForm };
}

/** Browsers write a quotation mark so (HTML Standard, "Multipart form data"). */
function unescaped(filename: string | undefined): string | undefined {
  return filename?.replaceAll('%22', '"');
}

function declared(type: string | undefined): string | null {
  try {
    return parseContentType(type);
  } catch {
    throw refuse(50511);
  }
}
