/** What the segments of a long text have in common. Counts up for each person, so that no two texts meet on a phone. */
import type { SenderHost } from '../channel.ts';
import type { SendRequest } from '../message.ts';

interface Reference {
  recipient: string;
  reference: number;
}

const prefix = 'reference/';

export class References {
  readonly #host: SenderHost;
  readonly #wide: boolean;
  readonly #given = new Map<string, Reference>();
  readonly #last = new Map<string, number>();

  /** @param wide has it 16 bits? */
  constructor(host: SenderHost, wide: boolean) {
    this.#host = host;
    this.#wide = wide;
  }

  /** Takes over what an earlier run gave. */
  async load(): Promise<void> {
    for (const { name, value } of await this.#host.recallAll<Reference>(prefix)) {
      this.#given.set(name.slice(prefix.length), value);
      this.#last.set(value.recipient, value.reference);
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
      this.#last.set(recipient, noted.reference);
      return noted.reference;
    }
    const most = this.#wide ? 0xffff : 0xff;
    const reference = ((this.#last.get(recipient) ?? -1) + 1) % (most + 1);
    this.#last.set(recipient, reference);
    this.#given.set(text, { recipient, reference });
    await this.#host.note(prefix + text, { recipient, reference });
    return reference;
  }

  /** The SMSC has the last segment. */
  async done(request: SendRequest): Promise<void> {
    const text = textOf(request);
    if (this.#given.delete(text)) await this.#host.note(prefix + text, undefined);
  }
}

/** What the delivery ids of all segments of a text begin with. */
function textOf({ deliveryId, piece, pieces }: SendRequest): string {
  const end = `-${piece}-${pieces}`;
  return deliveryId.endsWith(end) ? deliveryId.slice(0, -end.length) : deliveryId;
}
