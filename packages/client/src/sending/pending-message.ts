import type { ColloquyError } from '../errors.ts';
import { type JSONValue, readJson } from '../json.ts';
import type { OutgoingFile } from '../media/file.ts';
import type { Entry } from './entry.ts';

/**
 * - `waiting`: for the connection, or for those before it
 * - `uploading`: its files are on their way
 * - `sending`: it is on its way, and cannot be taken back
 * - `failed`: the server refused it
 */
export type PendingStatus = 'waiting' | 'uploading' | 'sending' | 'failed';

/** @internal What can be done with a pending message. */
export interface PendingActions {
  retry(entry: Entry): Promise<number>;
  remove(entry: Entry): boolean;
}

/**
 * A message of this client that is not on the server yet: a view of one moment, which does not change. The next one is
 * in the list that `pendingMessagesChanged` tells of. It is gone from the list when `messageAdded` brings the message.
 */
export class PendingMessage {
  /** Unlike that of any other message, and the same in all its views. */
  declare readonly key: string;
  declare readonly conversationSid: string;
  declare readonly body: string | null;
  declare readonly attributes: JSONValue;
  declare readonly subject: string | null;
  declare readonly contentSid: string | null;
  declare readonly files: readonly OutgoingFile[];
  declare readonly dateCreated: Date;
  declare readonly status: PendingStatus;
  /** How much of its files has been uploaded, from 0 to 1; null while nothing is. */
  declare readonly progress: number | null;
  /** Why it failed. */
  declare readonly error: ColloquyError | null;
  readonly #entry: Entry;
  readonly #actions: PendingActions;

  /** @internal */
  constructor(entry: Entry, actions: PendingActions) {
    const { key, content, sendState, progress, error } = entry;
    const { body = null, attributes = '{}', subject = null, contentSid = null, files = [] } = content;
    Object.assign(this, {
      key,
      conversationSid: entry.conversation,
      body,
      attributes: readJson(attributes),
      subject,
      contentSid,
      files,
      dateCreated: new Date(entry.created),
      status: sendState === 'stored' ? 'sending' : sendState,
      progress,
      error,
    });
    this.#entry = entry;
    this.#actions = actions;
  }

  /** Sends a failed one again, after all that wait. @returns the index of the message */
  retry(): Promise<number> {
    return this.#actions.retry(this.#entry);
  }

  /** Forgets it, and `sendMessage` rejects with code 105. @returns false when it is too late for that */
  remove(): boolean {
    return this.#actions.remove(this.#entry);
  }
}
