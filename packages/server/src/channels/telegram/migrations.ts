import type { SenderHost } from '../channel.ts';

const prefix = 'migrated ';

/** Groups that grew have another id since; people here know them by the old one. */
export class Migrations {
  readonly #host: SenderHost;
  readonly #to = new Map<number, number>();
  readonly #from = new Map<number, number>();
  #loaded: Promise<void> | undefined;

  constructor(host: SenderHost) {
    this.#host = host;
  }

  /** Resolves when those of earlier runs are known. */
  ready(): Promise<void> {
    this.#loaded ??= this.#load().catch((error) => {
      this.#loaded = undefined;
      throw error;
    });
    return this.#loaded;
  }

  /** Under which id the chat is reached. */
  current(chat: number): number {
    return this.#to.get(chat) ?? chat;
  }

  /** Under which id the chat is known. */
  former(chat: number): number {
    return this.#from.get(chat) ?? chat;
  }

  async note(from: number, to: number): Promise<void> {
    if (this.#to.get(from) === to) return;
    await this.#host.note(prefix + from, to);
    this.#set(from, to);
  }

  async #load(): Promise<void> {
    for (const { name, value } of await this.#host.recallAll<number>(prefix)) {
      this.#set(Number(name.slice(prefix.length)), value);
    }
  }

  #set(from: number, to: number): void {
    this.#to.set(from, to);
    this.#from.set(to, from);
  }
}
