import type { MessageResource } from '@colloquy/protocol';
import { ColloquyError } from '../errors.ts';
import { sidsOf } from '../media/media.ts';
import type { SendOptions } from '../message-builder.ts';
import type { StoredMessage } from './message-storage.ts';
import type { PendingMessage, PendingStatus } from './pending-message.ts';

/** A message on its way, with what is known of it beyond what is stored. */
export interface Entry extends StoredMessage {
  /** `stored`: the server has it, and its event is awaited. */
  sendState: PendingStatus | 'stored';
  progress: number | null;
  error: ColloquyError | null;
  /** Its event came before its answer: the message is shown as itself already. */
  isShown?: boolean;
  /** Of the message that it became, once that is known. */
  index?: number;
  uploadStop?: AbortController;
  lastView?: PendingMessage | undefined;
  /** The server has forgotten its files once, and they were uploaded again. */
  isRenewed?: boolean;
  onProgress?: SendOptions['onProgress'];
  /** Somebody waits for it, unless it is of a former page. */
  resolve?(index: number): void;
  reject?(error: Error): void;
}

export function entryOf(stored: StoredMessage): Entry {
  const error = stored.failure && new ColloquyError(stored.failure.code, stored.failure.message, stored.failure);
  return { ...stored, sendState: error ? 'failed' : 'waiting', progress: null, error };
}

export function storedOf({ key, conversation, content, created, attempted, media, error }: Entry): StoredMessage {
  const failure = error && { ...error, message: error.message };
  return { key, conversation, content, created, attempted, media, failure };
}

/** May that be the message that the entry became? A webhook may have changed it; then only the answer tells. */
export function isOf({ content, media }: Entry, message: MessageResource): boolean {
  const { contentSid, attributes = '{}', body } = content;
  const theirs = [message.contentSid ?? message.body, message.attributes, sidsOf(message.media ?? [])];
  // As texts, in which undefined and null are the same.
  return `${[contentSid ?? body, attributes, media]}` === `${theirs}`;
}
