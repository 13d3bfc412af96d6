import type { AnyStreamEvent, StreamSid } from '@colloquy/protocol';
import type { Context } from '../context.ts';
import { call } from '../emitter.ts';
import { type ColloquyError, isClosed, isRefusal } from '../errors.ts';

/** Events of one stream that are kept while it cannot go on; what comes beyond is read from the log afterwards. */
const heldAtMost = 500;
const readAtOnce = 200;
/** More than so many missed events are not read: a snapshot is cheaper. */
const readAtMost = 1000;
/** An event that an answer told of and that has not come by then is read from the log. */
const overdueAfter = 1000;
const retryAfter = 2000;

interface Stream {
  sid: StreamSid;
  /** Of the last event that was applied, or of the snapshot. */
  reachedAt: number;
  /** The last position known to exist. */
  goal: number;
  /** Events without a gap among them, while it is worked at. */
  backlog: AnyStreamEvent[];
  /** Which of the cursors there was when it was last worked at; infinite while it is. */
  busyAt: number;
  /** What is known is worth nothing; a snapshot is needed. */
  stale: boolean;
  /** They hear of every new position, and of an infinite one when the stream is not followed any more. */
  waiters: Set<(position: number) => void>;
}

/** For whom the feed works. */
export interface FeedHost extends Pick<Context, 'ask' | 'timeSource'> {
  /**
   * Loads what is missing so that the event can be applied; undefined if nothing is. Rejects when it is not there for
   * this user any more.
   */
  prepare(event: AnyStreamEvent): Promise<unknown> | undefined;
  onEvent(event: AnyStreamEvent): void;
  /** Finds out otherwise what the stream has told after that position. @returns the position up to which it did */
  snapshot(stream: StreamSid, after: number): Promise<number>;
  /** Is it a stream of something that the user still sees? */
  wanted(stream: StreamSid): boolean;
}

/**
 * Puts the events of each stream in order, each once: positions are counted without gaps, so a repeated event is
 * told by its position, and so is a lost one, which is then read from the log. Streams do not wait for each other.
 */
export class Feed {
  readonly #streams = new Map<StreamSid, Stream>();
  /**
   * Last known positions of streams that were forgotten before they got there: should they be started again, with the
   * user back in the conversation, then what was known to exist may be of his second stay.
   */
  readonly #ahead = new Map<StreamSid, number>();
  readonly #host: FeedHost;
  /** How many cursors there were: what moved before the present one is behind it. */
  welcomes = 0;

  constructor(host: FeedHost) {
    this.#host = host;
  }

  /** From now on, the stream's events after this position count; earlier ones if one of them came already. */
  followFrom(sid: StreamSid, position: number): void {
    const stream = this.#find(sid, position);
    const ahead = this.#ahead.get(sid) ?? 0;
    this.#ahead.delete(sid);
    // The snapshot may be older than the event that came first.
    stream.reachedAt = Math.min(stream.reachedAt, position);
    this.#aim(stream, ahead);
  }

  forget(sid: StreamSid): void {
    const stream = this.#streams.get(sid);
    if (!stream) return;
    this.#streams.delete(sid);
    if (stream.goal > stream.reachedAt) this.#ahead.set(sid, stream.goal);
    for (const tell of stream.waiters) tell(Number.POSITIVE_INFINITY);
  }

  /**
   * What a new connection resumes from, besides the cursor. Where a stream that did not move stood then is known to the
   * server; of those that are not settled the client may know less.
   *
   * @param own the user's, which is always among them; while it is not settled, none may be
   */
  positions(own: StreamSid): Record<string, number> {
    const { reachedAt, busyAt } = this.#find(own, 0);
    const positions: Record<string, number> = { [own]: reachedAt };
    for (const [sid, stream] of this.#streams)
      if (Math.max(busyAt, stream.busyAt) >= this.welcomes) positions[sid] = stream.reachedAt;
    return positions;
  }

  receive(event: AnyStreamEvent): void {
    const { position } = event;
    // The first event of a stream that nothing was known of: it is the next one by definition.
    const stream = this.#find(event.stream, position - 1);
    const { backlog } = stream;
    const last = backlog.at(-1)?.position ?? stream.reachedAt;
    if (position === last + 1 && backlog.length < heldAtMost) backlog.push(event);
    this.#aim(stream, position);
  }

  /** The stream moved too far while nobody listened. */
  outdate(sid: StreamSid): void {
    const stream = this.#find(sid, 0);
    stream.stale = true;
    this.#aim(stream, 0);
  }

  /** The stream is known to have come to that position. */
  expect(sid: StreamSid, position: number): void {
    const stream = this.#streams.get(sid);
    if (!stream) return;
    stream.stale ||= Math.max(stream.goal, position) - stream.reachedAt > readAtMost;
    this.#aim(stream, position);
  }

  /** Resolves when the events up to that position have been applied, or nothing comes of the stream any more. */
  reached(sid: StreamSid, position: number): Promise<void> {
    const stream = this.#streams.get(sid);
    return new Promise((resolve) => {
      if (!stream || stream.reachedAt >= position) return resolve();
      const timer = this.#host.timeSource.set(() => this.expect(sid, position), overdueAfter);
      const waiter = (now: number) => {
        if (now < position) return;
        this.#host.timeSource.clear(timer);
        stream.waiters.delete(waiter);
        resolve();
      };
      stream.waiters.add(waiter);
    });
  }

  #find(sid: StreamSid, position: number): Stream {
    let stream = this.#streams.get(sid);
    if (!stream) {
      stream = {
        sid,
        reachedAt: position,
        goal: position,
        backlog: [],
        busyAt: 0,
        stale: false,
        waiters: new Set(),
      };
      this.#streams.set(sid, stream);
    }
    return stream;
  }

  #isFollowed(stream: Stream): boolean {
    return this.#streams.get(stream.sid) === stream;
  }

  #aim(stream: Stream, position: number): void {
    stream.goal = Math.max(stream.goal, position);
    if (stream.stale || stream.goal > stream.reachedAt) void this.#run(stream);
  }

  #move(stream: Stream, position: number): void {
    stream.reachedAt = position;
    for (const tell of stream.waiters) tell(position);
  }

  /** Works until nothing is held or known to be missing. What can be applied at once is; what comes meanwhile is held. */
  async #run(stream: Stream): Promise<void> {
    if (stream.busyAt > this.welcomes) return;
    stream.busyAt = Number.POSITIVE_INFINITY;
    while (this.#isFollowed(stream)) {
      const [event] = stream.backlog;
      try {
        if (stream.stale) {
          await this.#renew(stream);
        } else if (event) {
          const isNext = () => event.position === stream.reachedAt + 1;
          const loading = isNext() && this.#host.prepare(event);
          if (loading) await loading;
          stream.backlog.shift();
          // If it is not, it was seen already, or is of those that are read from the log.
          if (isNext() && this.#isFollowed(stream)) this.#take(stream, event);
        } else if (stream.goal > stream.reachedAt) {
          await this.#readMissed(stream);
        } else {
          break;
        }
      } catch (error) {
        if (!(await this.#mayRetry(stream, error as ColloquyError))) break;
      }
    }
    stream.busyAt = this.welcomes;
  }

  #take(stream: Stream, event: AnyStreamEvent): void {
    // One that is not what an event looks like must not end all that come after it.
    call((one) => this.#host.onEvent(one), event);
    this.#move(stream, event.position);
  }

  async #readMissed(stream: Stream): Promise<void> {
    const { sid, reachedAt, backlog, goal } = stream;
    const { items, head } = await this.#host.ask('events.list', {
      stream: sid,
      after: reachedAt,
      limit: readAtOnce,
    });
    // The log knows better than what was believed before, but not than what came while it was asked.
    const heard = stream.goal > goal ? stream.goal : 0;
    stream.goal = Math.max(head, heard, backlog.at(-1)?.position ?? 0);
    const [first] = items;
    // The log does not go back so far any more.
    if (first ? first.position !== reachedAt + 1 : head > reachedAt) stream.stale = true;
    else backlog.unshift(...items);
  }

  async #renew(stream: Stream): Promise<void> {
    // Before the snapshot: while it is taken, it may become stale again.
    stream.stale = false;
    try {
      const position = await this.#host.snapshot(stream.sid, stream.reachedAt);
      if (position > stream.reachedAt) this.#move(stream, position);
    } catch (error) {
      stream.stale = true;
      throw error;
    }
  }

  /** @returns false when the stream is no longer of interest, or nothing can be asked any more */
  async #mayRetry(stream: Stream, error: ColloquyError): Promise<boolean> {
    const isOver = isClosed(error) || (isRefusal(error) && !this.#host.wanted(stream.sid));
    if (isOver && this.#isFollowed(stream)) this.forget(stream.sid);
    if (!this.#isFollowed(stream)) return false;
    await new Promise<void>((resolve) => this.#host.timeSource.set(resolve, retryAfter));
    return true;
  }
}
