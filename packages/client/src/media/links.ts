import type { Sid } from '@colloquy/protocol';
import type { Context } from '../context.ts';
import type { ColloquyError } from '../errors.ts';

/** The server takes that many at a time. */
const mostAtOnce = 100;
/** They live for five minutes: whoever is given one has at least one of them left. Milliseconds. */
const kept = 240_000;

interface Batch {
  sids: string[];
  urls: Promise<Map<string, string>>;
}

/** Addresses of media that need no credentials. What is wanted at the same moment is asked for together. */
export class MediaLinks {
  readonly #context: Pick<Context, 'request' | 'timers'>;
  /** The oldest come first. */
  readonly #known = new Map<string, { url: Promise<string>; until: number }>();
  /** Has not been asked for so far. */
  #batch: Batch | undefined;

  constructor(context: Pick<Context, 'request' | 'timers'>) {
    this.#context = context;
  }

  /** @throws ColloquyError when one of them is not there for this user */
  async all(sids: readonly string[]): Promise<Map<string, string>> {
    return new Map(await Promise.all(sids.map(async (sid) => [sid, await this.one(sid)] as const)));
  }

  one(sid: string): Promise<string> {
    const now = this.#context.timers.now();
    for (const [old, { until }] of this.#known) {
      if (until > now) break;
      this.#known.delete(old);
    }
    const known = this.#known.get(sid);
    if (known) return known.url;
    const url = this.#wanted(sid);
    this.#known.set(sid, { url, until: now + kept });
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
    return (
      (await urls.catch((error: ColloquyError) => {
        // Perhaps it was another one that is none of his (any more).
        if (error.status === 404 && sids.length > 1) return this.#ask([sid]);
        throw error;
      })) as Map<string, string>
    ).get(sid) as string;
  }

  async #ask(media: string[]): Promise<Map<Sid<'ME'>, string>> {
    this.#batch = undefined;
    const { items } = await this.#context.request('media.links', { media });
    return new Map(items.map(({ sid, url }) => [sid, url]));
  }
}
