import { abortable, type CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import { ColloquyError, libraryError } from '../errors.ts';
import { readJson } from '../json.ts';
import type { OutgoingFile } from './file.ts';

/** Bytes between two reports, where pieces are sent. */
const pieceSize = 65_536;

/** @internal */
export interface UploadTarget {
  /** Of the media of the user's service. */
  url: string;
  /** Access token. */
  token: string;
}

/** @internal */
export interface UploadOptions extends CallOptions {
  /** Told how much has gone out, from 0 to 1. */
  onProgress?: ((progress: number) => void) | undefined;
}

type Headers = Record<string, string>;
type Answer = [status: number, text: string, retryAfter: string | null];

/** @internal Several, one after the other. @returns their SIDs, in their order */
export async function uploadAll(
  context: Pick<Context, 'uploadTarget'>,
  files: readonly OutgoingFile[],
  { signal, onProgress }: UploadOptions,
): Promise<string[]> {
  const sids: string[] = [];
  for (const file of files) {
    const report = (progress: number) => onProgress?.((sids.length + progress) / files.length);
    sids.push(await upload(context.uploadTarget(), file, { signal, onProgress: report }));
  }
  return sids;
}

/**
 * @internal Brings a file to the server, where it waits five minutes for the message that names it.
 *
 * @returns the SID of the media
 * @throws ColloquyError 110 when the connection broke: it may be tried again
 */
export async function upload(
  { url, token }: UploadTarget,
  { category, body, type, name }: OutgoingFile,
  { signal, onProgress = () => {} }: UploadOptions = {},
): Promise<string> {
  const address = `${url}?Category=${category}${name ? `&Filename=${encodeURIComponent(name)}` : ''}`;
  const headers = { 'X-Twilio-Token': token, ...(type && { 'Content-Type': type }) };
  const send = typeof XMLHttpRequest === 'undefined' ? byFetch : byXhr;
  const [status, text, retryAfter] = await send(address, headers, body, onProgress, signal);
  // Something in between may have answered, in its own words.
  const answer = readJson(text) as { sid?: string; code?: number; message?: string; detail?: string };
  const { sid, code = 20000 + status, message = `HTTP ${status}`, detail = '' } = answer;
  if (sid) return sid;
  throw new ColloquyError(code, message, { status, help: detail, retryAfter: Number(retryAfter) || undefined });
}

/** The way in browsers and React Native: `fetch` tells of no progress there. */
function byXhr(
  url: string,
  headers: Headers,
  body: OutgoingFile['body'],
  onProgress: (progress: number) => void,
  signal?: AbortSignal,
): Promise<Answer> {
  const xhr = new XMLHttpRequest();
  const answered = new Promise<Answer>((resolve, reject) => {
    xhr.onload = () => resolve([xhr.status, xhr.responseText, xhr.getResponseHeader('Retry-After')]);
    xhr.onerror = () => reject(libraryError(110));
  });
  xhr.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
  xhr.open('POST', url);
  for (const name in headers) xhr.setRequestHeader(name, headers[name] as string);
  xhr.send(body as Blob);
  return abortable(answered, { signal }, () => xhr.abort());
}

function byFetch(
  url: string,
  headers: Headers,
  body: OutgoingFile['body'],
  onProgress: (progress: number) => void,
  signal?: AbortSignal,
): Promise<Answer> {
  const init = {
    method: 'POST',
    headers,
    // Service workers can send streams by HTTP/2 only.
    body: body instanceof FormData || 'clients' in globalThis ? body : counted(body, onProgress),
    signal,
    duplex: 'half',
    redirect: 'error',
  };
  const answered = fetch(url, init as RequestInit)
    .then<Answer>(async (answer) => [answer.status, await answer.text(), answer.headers.get('Retry-After')])
    .catch((error) => {
      throw libraryError(110, error);
    });
  return abortable(answered, { signal });
}

/** A piece counts as gone when the connection takes it, not before. */
function counted(body: Blob | Uint8Array, onProgress: (progress: number) => void): ReadableStream {
  const blob = new Blob([body as BlobPart]);
  let loaded = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        const piece = await blob.slice(loaded, loaded + pieceSize).arrayBuffer();
        controller.enqueue(new Uint8Array(piece));
        loaded += pieceSize;
        onProgress(Math.min(1, loaded / blob.size));
        if (loaded >= blob.size) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
