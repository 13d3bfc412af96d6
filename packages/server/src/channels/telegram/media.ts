import { type FetchedMedia, MediaGone } from '../channel.ts';
import { asObject } from '../json.ts';
import { type BotApi, textIn } from './api.ts';
import type { MediaSource } from './content.ts';

/** A Bot API server of one's own gives files of this size; Telegram's gives 20 MB. */
const largest = 2000 * 1024 * 1024;

/** Asks where a file is, which changes every hour, and fetches it. */
export async function fetchTelegramMedia(api: BotApi, source: unknown, signal: AbortSignal): Promise<FetchedMedia> {
  const { file } = source as MediaSource;
  const answer = await api.call('getFile', { file_id: file }, signal);
  if (answer.code === 400) throw new MediaGone(`Telegram does not give the file: ${answer.description}`);
  const path = textIn(asObject(answer.result), 'file_path');
  if (!answer.ok || path === undefined) throw new Error(`Telegram answered ${answer.status} when asked for a file.`);
  // The path goes into a URL that has the token in it.
  if (!/^[\w-][\w./-]*$/.test(path) || path.includes('..')) throw new MediaGone('Telegram named no path of a file.');
  const { status, body } = await api.file(path, largest, signal);
  if (status === 200) return { bytes: body, contentType: null };
  body.destroy();
  throw new Error(`Telegram answered ${status} instead of a file.`);
}
