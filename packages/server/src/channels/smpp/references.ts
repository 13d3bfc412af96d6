/**
 * What the segments of a long text have in common. Counts up for each person, so that no two texts meet on a phone; and
 * begins anywhere, since other servers of the same sender write to him as well, each with a count of its own.
 */
import { hash } from 'node:crypto';
import type { SenderHost } from '../channel.ts';
import type { SendRequest } from '../message.ts';

interface Reference {
  recipient: string;
  reference: number;
}

const prefix = 'reference/';

export class References {
  readonly #host: SenderHost;
  readonly #count: number;
  readonly #given = new Map<string, Reference>();
  /** By this process. */
  readonly #last = new Map<string, number>();

  /** @param wide has it 16 bits? */
  constructor(host: SenderHost, wide: boolean) {
    this.#host = host;
    this.#count = wide ? 0x10000 : 0x100;
  }

  /** Takes over what an earlier run gave. */
  async load(): Promise<void> {
    for (const { name, value } of await this.#host.recallAll<Reference>(prefix)) {
      this.#given.set(name.slice(prefix.length), value);
    }
  }

  /** The same for all segments and all attempts; on disk before the first of them goes out. */
  async of(request: SendRequest): Promise<number> {
    const text = textOf(request);
    const given = this.#given.get(text);
    if (given) return given.reference;
    const { recipient, attempt, piece } = request;
    // Another server may have sent the first segments, or have tried to.
    const noted = attempt > 1 || piece > 0 ? await this.#host.recall<Reference>(prefix + text) : undefined;
    if (noted) {
      this.#given.set(text, noted);
      return noted.reference;
    }
    const reference = this.#next(recipient, text);
    this.#last.set(recipient, reference);
    this.#given.set(text, { recipient, reference });
    await this.#host.note(prefix + text, { recipient, reference });
    return reference;
  }

  /** One that no other text to this person has that is known to be under way. */
  #next(recipient: string, text: string): number {
    const others = [...this.#given.values()].filter((one) => one.recipient === recipient);
    const taken = new Set(others.map(({ reference }) => reference));
    const last = this.#last.get(recipient);
    let reference = (last === undefined ? startOf(text) : last + 1) % this.#count;
    while (taken.has(reference) && taken.size < this.#count) reference = (reference + 1) % this.#count;
    return reference;
  }

  /** The SMSC has the last segment. */
  async done(request: SendRequest): Promise<void> {
    const text = textOf(request);
    if (this.#given.delete(text)) await this.#host.note(prefix + text, undefined);
  }
}

/** Where the count begins with this text: 16 bits of its hash. */
function startOf(text: string): number {
  return Number.parseInt(hash('sha256', text).slice(-4), 16);
}

/** What the delivery ids of all segments of a text begin with. */
function textOf({ deliveryId, piece, pieces }: SendRequest): string {
  const end = `-${piece}-${pieces}`;
  return deliveryId.endsWith(end) ? deliveryId.slice(0, -end.length) : deliveryId;
}
