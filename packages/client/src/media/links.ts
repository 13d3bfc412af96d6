import type { Context } from '../context.ts';

/** The server takes that many at a time. */
const mostAtOnce = 100;
/** They live for five minutes: whoever is given one has at least one of them left. Milliseconds. */
const kept = 240_000;

interface Batch {
  sids: string[];
  urls: Promise<Record<string, string>>;
}

/** Addresses of media that need no credentials. What is wanted at the same moment is asked for together. */
export class MediaLinks {
  readonly #context: Pick<Context, 'ask' | 'timeSource'>;
  /** The oldest come first. */
  readonly #known = new Map<string, { url: Promise<string>; goodUntil: number }>();
  /** Has not been asked for so far. */
  #batch: Batch | undefined;

  constructor(context: Pick<Context, 'ask' | 'timeSource'>) {
    this.#context = context;
  }

  /** @throws ColloquyError when one of them is not there for this user */
  async linksOf(sids: readonly string[]): Promise<Map<string, string>> {
    return new Map(await Promise.all(sids.map(async (sid) => [sid, await this.linkOf(sid)] as const)));
  }

  linkOf(sid: string): Promise<string> {
    const now = this.#context.timeSource.now();
    for (const [old, { goodUntil }] of this.#known) {
      if (goodUntil > now) break;
      this.#known.delete(old);
    }
    const known = this.#known.get(sid);
    if (known) return known.url;
    const url = this.#wanted(sid);
    this.#known.set(sid, { url, goodUntil: now + kept });
    url.catch(() => this.#known.delete(sid));
    return url;
  }

  async #wanted(sid: string): Promise<string> {
    if (!this.#batch || this.#batch.sids.length === mostAtOnce) {
      const sids: string[] = [];
      this.#batch = { sids, urls: Promise.resolve().then(() => this.#ask(sids)) };
    }
    const { sids, urls } = this.#batch;
    sids.push(sid);
    // Asked for alone, the server says why it gives none.
    return ((await urls)[sid] ?? (await this.#ask([sid]))[sid]) as string;
  }

  async #ask(media: string[]): Promise<Record<string, string>> {
    this.#batch = undefined;
    return (await this.#context.ask('media.links', { media })).urls;
  }
}
