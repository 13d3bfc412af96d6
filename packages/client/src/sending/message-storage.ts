import type { MessageContent } from '../message-builder.ts';

/** A message that waits to be sent, as it is kept: what structured cloning can copy. */
export interface StoredMessage {
  /** Unlike that of any other. */
  key: string;
  conversation: string;
  content: MessageContent;
  /** Milliseconds since 1970, as all times here. */
  created: number;
  /** When it may have left for the server first; null if it never did. */
  attempted: number | null;
  /** SIDs of its files, once they are uploaded. */
  media: string[] | null;
  /** Why the server refused it. */
  failure: { code: number; message: string; status: number; help: string } | null;
}

/**
 * Where messages are kept that are not sent yet, so that they outlive the page: `indexedDbStorage()` in browsers, or
 * your own. A scope is a user; one user's messages must never be given to another.
 */
export interface MessageStorage {
  /** Those that no other page is at work on, in the order in which they were saved first. */
  load(scope: string): Promise<StoredMessage[]>;
  /** Resolves when it is kept, in the place of what was kept under its key. */
  save(scope: string, message: StoredMessage): Promise<void>;
  /** It is sent, or nobody wants it any more. */
  remove(scope: string, key: string): Promise<void>;
  /** The client was shut down: what is kept is for the next one that loads. */
  close?(): void;
}
