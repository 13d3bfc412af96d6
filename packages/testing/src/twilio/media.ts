/** Files: the API sends whoever may see them on to another host, which wants to see no credentials. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TwilioFile } from './account.ts';
import { TwilioRefusal } from './errors.ts';

/** Of files that Twilio fetches to send them. */
export interface FetchedFile {
  contentType: string;
  bytes: Uint8Array;
}

/** The first requests for a file that is still spreading are answered 404, the others 302. */
export function redirectTo(storage: string, file: TwilioFile, response: ServerResponse): void {
  if (file.missing > 0) {
    file.missing -= 1;
    throw new TwilioRefusal(20404);
  }
  response.writeHead(302, { Location: `${storage}/${file.sid}` }).end();
}

/** The host that has the bytes. */
export function serveFile(find: (sid: string) => TwilioFile | undefined) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // Signed links of object storage refuse a request that is authorised twice.
    if (request.headers.authorization !== undefined) {
      response.writeHead(400).end('Only one auth mechanism allowed');
      return;
    }
    const file = find((request.url ?? '').slice(1));
    if (!file) response.writeHead(404).end();
    else response.writeHead(200, { 'Content-Type': file.contentType }).end(file.bytes);
  };
}

/** Twilio fetches what is to be sent. @throws when it cannot be had */
export async function fetchForSending(url: string): Promise<FetchedFile> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(15_000) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  const contentType = answer.headers.get('content-type') ?? 'application/octet-stream';
  return { contentType, bytes: new Uint8Array(await answer.arrayBuffer()) };
}
