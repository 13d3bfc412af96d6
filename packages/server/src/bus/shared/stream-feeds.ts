import type { Scheduler } from '../../core/clock.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import type { Feeds } from '../bus.ts';
import { Listeners } from '../listeners.ts';
import type { Carrier } from './carrier.ts';
import { Feed } from './feed.ts';
import type { StreamLog } from './stream-log.ts';

/**
 * How long an event may be missing before it is read from the log; milliseconds. What two nodes commit to one stream
 * often crosses on the way to a third.
 */
const patience = 25;
const tryAgainAfter = 1000;
const eventsAtOnce = 500;
const headsAtOnce = 1000;
/** Streams whose log is read at a time. After an outage all of them may be behind. */
const readsAtOnce = 8;

export interface StreamFeedsOptions {
  log: StreamLog;
  /** None: what other nodes commit is only noted. */
  carrier: Carrier | undefined;
  clock: Scheduler;
  /** Gets the events of the streams that are followed, each stream's in order. */
  pass(events: readonly LoggedEvent[]): void;
  onError(error: unknown): void;
}

/** The streams that this node follows, and what puts each of them in order. */
export class StreamFeeds implements Feeds {
  readonly #options: StreamFeedsOptions;
  readonly #feeds = new Map<string, Feed>();
  readonly #endings: Listeners<string>;
  /** Behind; looked at when the time has come, which is that. */
  readonly #late = new Map<string, number>();
  /** When it looks next, if it does. */
  #due = 0;
  #callOff: (() => void) | undefined;
  /** Behind; read as soon as it is their turn. */
  readonly #waiting = new Set<string>();
  #reading = 0;
  #ended = false;
  /** Times the log was read, since the bus had not carried everything or nothing carries. */
  reads = 0;

  constructor(options: StreamFeedsOptions) {
    this.#options = options;
    this.#endings = new Listeners(options.onError);
  }

  get size(): number {
    return this.#feeds.size;
  }

  listen(streams: readonly string[], from?: number): void {
    const fresh = streams.filter((stream) => this.#add(stream));
    if (fresh.length === 0) return;
    if (from === undefined) this.#open(fresh);
    else this.#openFrom(fresh, from);
  }

  unlisten(streams: readonly string[]): void {
    const ended: string[] = [];
    for (const stream of streams) {
      const feed = this.#feeds.get(stream);
      if (!feed) continue;
      feed.listeners -= 1;
      if (feed.listeners > 0) continue;
      this.#feeds.delete(stream);
      ended.push(stream);
    }
    if (ended.length > 0) this.#options.carrier?.unlisten(ended);
  }

  ready(streams: readonly string[]): Promise<void> | undefined {
    const openings = new Set<Promise<void>>();
    const failed: string[] = [];
    for (const stream of streams) {
      const feed = this.#feeds.get(stream);
      if (!feed || feed.position !== undefined) continue;
      if (feed.opening) openings.add(feed.opening);
      else failed.push(stream);
    }
    if (failed.length > 0) openings.add(this.#open(failed));
    if (openings.size === 0) return undefined;
    const ready = Promise.all(openings).then(() => {});
    // Not everybody who listens waits for it, and a failure that nobody waits for would end the process.
    ready.catch(() => {});
    return ready;
  }

  positionOf(stream: string): number | undefined {
    return this.#feeds.get(stream)?.position;
  }

  async catchUp(stream: string, position: number): Promise<void> {
    const feed = this.#feeds.get(stream);
    if (!feed) return;
    feed.note(position);
    await this.#read(stream, feed);
  }

  read(stream: string, after: number): Promise<LoggedEvent[]> {
    return this.#options.log.read(stream, after, eventsAtOnce);
  }

  onEnded(listener: (stream: string) => void): () => void {
    return this.#endings.add(listener);
  }

  /** Looks for users who are no more. */
  async findEnded(): Promise<void> {
    const users = [...this.#feeds.keys()].filter((stream) => stream.startsWith('US'));
    for (let at = 0; at < users.length && !this.#ended; at += headsAtOnce) {
      const piece = users.slice(at, at + headsAtOnce);
      const heads = await this.#options.log.heads(piece);
      for (const stream of piece) if (!heads.has(stream)) this.#endings.tell(stream);
    }
  }

  /** Takes what was committed, here or elsewhere, in the order of its commit. */
  take(events: readonly LoggedEvent[]): void {
    let ready: LoggedEvent[] = [];
    for (const event of events) {
      const feed = this.#feeds.get(event.stream);
      if (!feed) continue;
      const from = ready.length;
      feed.take(event, ready);
      if (feed.isBehind) this.#lookLater(event.stream, patience);
      // Whoever hears it listens to one more conversation, of which there may be events next.
      if (ready.length > from && ready.some((one, at) => at >= from && one.type === 'membership.added')) {
        this.#options.pass(ready);
        ready = [];
      }
    }
    if (ready.length > 0) this.#options.pass(ready);
  }

  /** A stream is at that position at least. @param onItsWay may the events come by themselves? */
  note(stream: string, position: number, onItsWay: boolean): void {
    const feed = this.#feeds.get(stream);
    if (!feed) return;
    feed.note(position);
    if (!feed.isBehind) return;
    if (onItsWay) this.#lookLater(stream, patience);
    else this.#queue(stream);
  }

  /** Tries again to find out where streams stand that the database could not tell of. */
  reopen(): void {
    const streams = [...this.#feeds].filter(([, { position, opening }]) => position === undefined && !opening);
    if (streams.length > 0) this.#open(streams.map(([stream]) => stream));
  }

  end(): void {
    this.#ended = true;
    this.#callOff?.();
    this.#waiting.clear();
  }

  /** @returns whether it is a new one */
  #add(stream: string): boolean {
    const known = this.#feeds.get(stream);
    const feed = known ?? new Feed();
    feed.listeners += 1;
    if (!known) this.#feeds.set(stream, feed);
    return !known;
  }

  #open(streams: readonly string[]): Promise<void> {
    const feeds = streams.map((stream) => [stream, this.#feeds.get(stream) as Feed] as const);
    const opening = this.#begin(streams, new Map(feeds)).finally(() => {
      for (const [, feed] of feeds) feed.opening = undefined;
    });
    for (const [, feed] of feeds) feed.opening = opening;
    opening.catch(this.#options.onError);
    return opening;
  }

  #openFrom(streams: readonly string[], position: number): void {
    for (const stream of streams) this.#feeds.get(stream)?.begin(position, []);
    const listening = this.#options.carrier?.listen(streams) ?? Promise.resolve();
    // What was committed before the carrier listened is in the log.
    const look = () => {
      for (const stream of streams) this.#queue(stream);
    };
    listening.then(look).catch(this.#options.onError);
  }

  async #begin(streams: readonly string[], feeds: ReadonlyMap<string, Feed>): Promise<void> {
    const { carrier, log } = this.#options;
    // First: what is committed from now on is told to us, and what was committed before is in what is read next.
    await carrier?.listen(streams);
    for (let at = 0; at < streams.length; at += headsAtOnce) {
      const piece = streams.slice(at, at + headsAtOnce);
      const heads = await log.heads(piece);
      for (const stream of piece) {
        const feed = feeds.get(stream);
        // Nobody may listen any more, or somebody again.
        if (!feed || this.#feeds.get(stream) !== feed) continue;
        const ready: LoggedEvent[] = [];
        feed.begin(heads.get(stream) ?? 0, ready);
        if (ready.length > 0) this.#options.pass(ready);
        if (feed.isBehind) this.#lookLater(stream, patience);
      }
    }
  }

  #lookLater(stream: string, after: number): void {
    const due = this.#options.clock.now() + after;
    // One that could not be read waits out its time, whatever else is heard of it.
    if (!this.#late.has(stream)) this.#late.set(stream, due);
    this.#lookAt(due);
  }

  #lookAt(due: number): void {
    if (this.#callOff && this.#due <= due) return;
    this.#callOff?.();
    this.#due = due;
    this.#callOff = this.#options.clock.at(due, () => {
      this.#callOff = undefined;
      let next = Number.POSITIVE_INFINITY;
      for (const [stream, at] of [...this.#late]) {
        if (at > due) next = Math.min(next, at);
        else {
          this.#late.delete(stream);
          if (this.#feeds.get(stream)?.isBehind) this.#queue(stream);
        }
      }
      if (this.#late.size > 0) this.#lookAt(next);
    });
  }

  #queue(stream: string): void {
    this.#waiting.add(stream);
    while (this.#reading < readsAtOnce && this.#waiting.size > 0) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      const feed = this.#feeds.get(next);
      if (feed) void this.#readInTurn(next, feed);
    }
  }

  async #readInTurn(stream: string, feed: Feed): Promise<void> {
    this.#reading += 1;
    try {
      await this.#read(stream, feed);
    } catch (error) {
      this.#options.onError(error);
      if (!this.#ended) this.#lookLater(stream, tryAgainAfter);
    } finally {
      this.#reading -= 1;
      const [next] = this.#waiting;
      if (next !== undefined) this.#queue(next);
    }
  }

  #read(stream: string, feed: Feed): Promise<void> {
    feed.filling ??= this.#fill(stream, feed).finally(() => {
      feed.filling = undefined;
    });
    return feed.filling;
  }

  /** Reads on until everything is out that was known of when the last piece was read. */
  async #fill(stream: string, feed: Feed): Promise<void> {
    for (;;) {
      const { position: after, known } = feed;
      if (after === undefined || this.#ended || this.#feeds.get(stream) !== feed) return;
      this.reads += 1;
      const events = await this.#options.log.read(stream, after, eventsAtOnce);
      if (this.#ended || this.#feeds.get(stream) !== feed) return;
      const ready: LoggedEvent[] = [];
      const [first] = events;
      // What ended is swept up: the log has only its last event, or nothing.
      if (first) feed.begin(first.position - 1, ready);
      else if (known > after) feed.skip(known, ready);
      if (ready.length > 0) this.#options.pass(ready);
      this.take(events);
      if (events.length < eventsAtOnce && feed.position !== undefined && feed.position >= known) return;
    }
  }
}
