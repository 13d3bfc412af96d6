import type { Feeds } from '../../bus/bus.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import { removedUser } from './membership-events.ts';
import type { Subscriber } from './subscriber.ts';

/** What a join needs of the hub. */
interface Audience {
  add(subscriber: Subscriber, stream: string): void;
  deliver(subscriber: Subscriber, events: readonly LoggedEvent[]): void;
}

/**
 * Those who came into a conversation of which this node was told further on already, or not as far yet. Each reads the
 * log from where he came in, and is put among the others when he has reached them.
 */
export class LateJoins {
  readonly #feeds: Feeds;
  readonly #audience: Audience;
  readonly #onError: (error: unknown) => void;
  /** By stream, something of its own for each join: who is out and in again has begun anew. */
  readonly #joining = new Map<Subscriber, Map<string, object>>();

  constructor(feeds: Feeds, audience: Audience, onError: (error: unknown) => void) {
    this.#feeds = feeds;
    this.#audience = audience;
    this.#onError = onError;
  }

  /** @param after where the stream stood when he came in: what is before is not his */
  begin(subscriber: Subscriber, stream: string, after: number): void {
    this.end(subscriber, stream);
    const streams = this.#joining.get(subscriber) ?? new Map<string, object>();
    const join = {};
    this.#joining.set(subscriber, streams.set(stream, join));
    this.#feeds.listen([stream]);
    const isJoining = () => this.#joining.get(subscriber)?.get(stream) === join;
    this.#catchUp(subscriber, stream, after, isJoining).catch((error) => {
      this.#onError(error);
      if (!isJoining()) return;
      this.end(subscriber, stream);
      subscriber.interrupted();
    });
  }

  /** He is out again, or reads all of it himself. @returns whether he was on his way */
  end(subscriber: Subscriber, stream: string): boolean {
    const streams = this.#joining.get(subscriber);
    if (!streams?.delete(stream)) return false;
    if (streams.size === 0) this.#joining.delete(subscriber);
    this.#feeds.unlisten([stream]);
    return true;
  }

  leave(subscriber: Subscriber): void {
    for (const stream of [...(this.#joining.get(subscriber)?.keys() ?? [])]) this.end(subscriber, stream);
  }

  async #catchUp(subscriber: Subscriber, stream: string, after: number, isJoining: () => boolean): Promise<void> {
    await this.#feeds.ready([stream]);
    for (let at = after; isJoining(); ) {
      const told = this.#feeds.positionOf(stream);
      // Nobody would put him among the others: he has to come back and read it.
      if (told === undefined) throw new Error(`It is not known where ${stream} stands; it is to be read again.`);
      if (told === at) {
        this.#audience.add(subscriber, stream);
        this.end(subscriber, stream);
        return;
      }
      if (told < at) {
        // Once more if somebody was reading already, and had looked before.
        await this.#feeds.catchUp(stream, at);
        continue;
      }
      const events = await this.#feeds.read(stream, at);
      if (!isJoining()) return;
      const out = events.findIndex((event) => removedUser(event) === subscriber.user);
      const heard = out < 0 ? events : events.slice(0, out + 1);
      if (heard.length > 0) this.#audience.deliver(subscriber, heard);
      if (out >= 0) return void this.end(subscriber, stream);
      // What ended is swept up.
      at = events.at(-1)?.position ?? told;
    }
  }
}
