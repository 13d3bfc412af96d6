import type { Logger } from 'pino';
import { conversationResource } from '../../../core/conversations/resource.ts';
import { conversationBySid } from '../../../core/conversations/store.ts';
import type { Core } from '../../../core/core.ts';
import { documentNote, type Note } from './notes.ts';

const tryAgainAfter = 1000;

/** Somebody who has subscribed to a conversation's document. */
export interface DocumentReader {
  take(note: Note): void;
}

/**
 * The documents of conversations move with every message, whose event does not say the rest of what is in them. Each is
 * told from the conversation as it is, once for all who read it, and once for messages that come close together.
 */
export class Documents {
  readonly #core: Core;
  readonly #logger: Logger;
  readonly #readers = new Map<string, Set<DocumentReader>>();
  /** Conversations that are being read, and which position has to be in what is read. */
  readonly #wanted = new Map<string, number>();

  constructor(core: Core, logger: Logger) {
    this.#core = core;
    this.#logger = logger;
  }

  add(conversation: string, reader: DocumentReader): void {
    const readers = this.#readers.get(conversation);
    if (readers) readers.add(reader);
    else this.#readers.set(conversation, new Set([reader]));
  }

  remove(conversation: string, reader: DocumentReader): void {
    const readers = this.#readers.get(conversation);
    if (readers?.delete(reader) && readers.size === 0) this.#readers.delete(conversation);
  }

  /** The conversation is another one since that position. Each reader may say so. */
  moved(conversation: string, position: number): void {
    const wanted = this.#wanted.get(conversation);
    this.#wanted.set(conversation, Math.max(position, wanted ?? 0));
    if (wanted === undefined) void this.#tell(conversation);
  }

  async #tell(conversation: string): Promise<void> {
    const { db, clock } = this.#core;
    try {
      for (let told = 0; told < (this.#wanted.get(conversation) ?? 0); ) {
        const row = await db.first(conversationBySid, { sid: conversation });
        if (!row) break;
        told = row.head;
        const note = documentNote(conversationResource(row), row.head, clock.now());
        for (const reader of this.#readers.get(conversation) ?? []) reader.take(note);
      }
    } catch (error) {
      this.#logger.error({ error }, "a conversation's document could not be read; it is tried again");
      clock.at(clock.now() + tryAgainAfter, () => void this.#tell(conversation));
      return;
    }
    // At once: whatever moves it from now on has to be told anew.
    this.#wanted.delete(conversation);
  }
}
