import type { FetchedMedia } from '../channel.ts';
import { MediaGone } from '../channel.ts';
import type { TwilioApi } from './api.ts';

/** Where a file is, as Twilio said it, and which message it belongs to. */
export interface MediaSource {
  url: string;
  message: string;
}

/** A message's files are redirected once; anything longer is not a file of Twilio's. */
const mostRedirects = 3;
/** In bytes: more than any network that Twilio speaks to carries. */
const largest = 100 * 1024 * 1024;

/**
 * Fetches a file. Credentials go only to the exact address of a file of this account and this message; from there it
 * goes on to a store whose host changes, and which refuses requests with credentials. A file that is not there yet is
 * an error: it may take seconds to spread.
 */
export async function fetchTwilioMedia(api: TwilioApi, source: unknown, signal: AbortSignal): Promise<FetchedMedia> {
  const { url, message } = source as MediaSource;
  let next = url;
  for (let redirect = 0; redirect <= mostRedirects; redirect += 1) {
    const own = redirect === 0 && isOwnFile(api, next, message);
    const { status, headers, body } = await api.open(next, own, largest, signal);
    if (status === 200) return { bytes: body, contentType: headers['content-type'] ?? null };
    body.destroy();
    if (status === 410) throw new MediaGone('Twilio has deleted the file.');
    const location = headers.location;
    if (status < 300 || status > 399 || location === undefined || !URL.canParse(location, next)) {
      throw new Error(`Twilio answered ${status} instead of a file.`);
    }
    next = new URL(location, next).href;
  }
  throw new Error('The file was redirected too often.');
}

export function isOwnFile(api: TwilioApi, url: string, message: string): boolean {
  if (!URL.canParse(url) || !/^(SM|MM)[0-9a-f]{32}$/.test(message)) return false;
  const { origin, pathname, username, password } = new URL(url);
  const folder = `${api.base}/Messages/${message}/Media/`;
  return (
    origin === new URL(api.url).origin &&
    username === '' &&
    password === '' &&
    pathname.startsWith(folder) &&
    /^ME[0-9a-f]{32}$/.test(pathname.slice(folder.length))
  );
}
