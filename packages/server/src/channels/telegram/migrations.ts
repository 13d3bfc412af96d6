import type { SenderHost } from '../channel.ts';

const prefix = 'migrated ';

/** Groups that grew have another id since; people here know them by the old one. */
export class Migrations {
  readonly #host: SenderHost;
  readonly #to = new Map<number, number>();
  readonly #from = new Map<number, number>();

  constructor(host: SenderHost) {
    this.#host = host;
  }

  /** Resolves when those are known that were noted up to now, by whichever server. */
  async ready(): Promise<void> {
    for (const { name, value } of await this.#host.recallAll<number>(prefix)) {
      this.#set(Number(name.slice(prefix.length)), value);
    }
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

  #set(from: number, to: number): void {
    this.#to.set(from, to);
    this.#from.set(to, from);
  }
}
