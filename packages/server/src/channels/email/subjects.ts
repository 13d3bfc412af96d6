import type { SenderHost } from '../channel.ts';

/** So many are remembered; the others are on disk. */
const mostRemembered = 1000;

/** What the mails of a conversation are about: what the first of them said. */
export class Subjects {
  readonly #host: Pick<SenderHost, 'recall' | 'noteOnce'>;
  readonly #remembered = new Map<string, string>();

  constructor(host: Pick<SenderHost, 'recall' | 'noteOnce'>) {
    this.#host = host;
  }

  async of(conversation: string): Promise<string | null> {
    const remembered = this.#remembered.get(conversation);
    if (remembered !== undefined) return remembered;
    const noted = await this.#host.recall<string>(nameOf(conversation));
    if (noted !== undefined) this.#remember(conversation, noted);
    return noted ?? null;
  }

  /** Changes nothing once the conversation has a subject. */
  async begin(conversation: string, subject: string): Promise<void> {
    if ((await this.of(conversation)) !== null) return;
    this.#remember(conversation, await this.#host.noteOnce(nameOf(conversation), subject));
  }

  #remember(conversation: string, subject: string): void {
    this.#remembered.set(conversation, subject);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > mostRemembered && oldest !== undefined) this.#remembered.delete(oldest);
  }
}

function nameOf(conversation: string): string {
  return `subject/${conversation}`;
}
