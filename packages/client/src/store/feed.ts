import type { AnyStreamEvent, StreamSid } from '@colloquy/protocol';
import type { Params, Result } from '../connection/requests.ts';
import { throwLater } from '../emitter.ts';
import type { ColloquyError } from '../errors.ts';
import type { Timers } from '../timers.ts';

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
  position: number;
  /** The last position known to exist. */
  target: number;
  /** Events without a gap among them, while `busy`. */
  held: AnyStreamEvent[];
  busy: boolean;
  /** What is known is worth nothing; a snapshot is needed. */
  stale: boolean;
  waiters: Set<{ position: number; done(): void }>;
}

export interface FeedHandlers {
  readLog(params: Params<'events.list'>): Promise<Result<'events.list'>>;
  /** Can the event be applied to what is known? */
  ready(event: AnyStreamEvent): boolean;
  /** Loads what is missing for that. Rejects when it is not there for this user any more. */
  prepare(event: AnyStreamEvent): Promise<unknown>;
  apply(event: AnyStreamEvent): void;
  /** Takes a snapshot of what the stream tells of, and says what differs. @returns the position that it shows */
  snapshot(stream: StreamSid): Promise<number>;
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
  readonly #handlers: FeedHandlers;
  readonly #timers: Timers;

  constructor(handlers: FeedHandlers, timers: Timers) {
    this.#handlers = handlers;
    this.#timers = timers;
  }

  /** From now on, the stream's events after this position count; earlier ones if one of them came already. */
  start(sid: StreamSid, position: number): void {
    const stream = this.#streams.get(sid) ?? this.#create(sid, position);
    stream.target = Math.max(stream.target, this.#ahead.get(sid) ?? 0);
    // The snapshot may be older than the event that came first.
    stream.position = Math.min(stream.position, position);
    this.#ahead.delete(sid);
    void this.#run(stream);
  }

  forget(sid: StreamSid): void {
    const stream = this.#streams.get(sid);
    if (!stream) return;
    this.#streams.delete(sid);
    const last = Math.max(stream.target, stream.held.at(-1)?.position ?? 0);
    if (last > stream.position) this.#ahead.set(sid, last);
    for (const waiter of stream.waiters) waiter.done();
  }

  /** 0 of a stream that is not followed. */
  positionOf(sid: StreamSid): number {
    return this.#streams.get(sid)?.position ?? 0;
  }

  /** Of every stream that is followed: what a new connection resumes from. */
  positions(): Record<string, number> {
    return Object.fromEntries([...this.#streams.values()].map(({ sid, position }) => [sid, position]));
  }

  receive(event: AnyStreamEvent): void {
    // The first event of a stream that nothing was known of: it is the next one by definition.
    const stream = this.#streams.get(event.stream) ?? this.#create(event.stream, event.position - 1);
    if (event.position <= stream.position) return;
    if (!stream.busy && event.position === stream.position + 1 && this.#handlers.ready(event)) {
      return this.#take(stream, event);
    }
    const last = stream.held.at(-1)?.position ?? stream.position;
    if (event.position === last + 1 && stream.held.length < heldAtMost) stream.held.push(event);
    else stream.target = Math.max(stream.target, event.position);
    void this.#run(stream);
  }

  /** The stream moved too far while nobody listened. */
  reset(sid: StreamSid): void {
    const stream = this.#streams.get(sid) ?? this.#create(sid, 0);
    stream.stale = true;
    void this.#run(stream);
  }

  /** The stream is known to have come to that position. */
  expect(sid: StreamSid, position: number): void {
    const stream = this.#streams.get(sid);
    if (!stream) return;
    stream.target = Math.max(stream.target, position);
    stream.stale ||= stream.target - stream.position > readAtMost;
    void this.#run(stream);
  }

  /** Resolves when the events up to that position have been applied, or nothing comes of the stream any more. */
  reached(sid: StreamSid, position: number): Promise<void> {
    const stream = this.#streams.get(sid);
    if (!stream || stream.position >= position) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#timers.set(() => this.expect(sid, position), overdueAfter);
      const waiter = {
        position,
        done: () => {
          this.#timers.clear(timer);
          stream.waiters.delete(waiter);
          resolve();
        },
      };
      stream.waiters.add(waiter);
    });
  }

  #create(sid: StreamSid, position: number): Stream {
    const stream = { sid, position, target: position, held: [], busy: false, stale: false, waiters: new Set<never>() };
    this.#streams.set(sid, stream);
    return stream;
  }

  #move(stream: Stream, position: number): void {
    stream.position = position;
    for (const waiter of stream.waiters) if (waiter.position <= position) waiter.done();
  }

  #take(stream: Stream, event: AnyStreamEvent): void {
    try {
      this.#handlers.apply(event);
    } catch (error) {
      // Not what an event looks like: one such must not end all that come after it.
      throwLater(error);
    }
    this.#move(stream, event.position);
  }

  /** Works until nothing is held or known to be missing. Whatever comes meanwhile is held. */
  async #run(stream: Stream): Promise<void> {
    if (stream.busy) return;
    stream.busy = true;
    while (this.#streams.get(stream.sid) === stream) {
      try {
        if (stream.stale) await this.#renew(stream);
        else if (stream.held.length) await this.#takeHeld(stream, stream.held.shift() as AnyStreamEvent);
        else if (stream.target > stream.position) await this.#readMissed(stream);
        else break;
      } catch (error) {
        if (!(await this.#mayRetry(stream, error as ColloquyError))) break;
      }
    }
    stream.busy = false;
  }

  async #takeHeld(stream: Stream, event: AnyStreamEvent): Promise<void> {
    if (event.position <= stream.position) return;
    if (event.position > stream.position + 1) {
      stream.target = Math.max(stream.target, event.position);
      return;
    }
    try {
      if (!this.#handlers.ready(event)) await this.#handlers.prepare(event);
    } catch (error) {
      stream.held.unshift(event);
      throw error;
    }
    if (event.position === stream.position + 1 && this.#streams.get(stream.sid) === stream) this.#take(stream, event);
  }

  async #readMissed(stream: Stream): Promise<void> {
    const after = stream.position;
    const { items, head } = await this.#handlers.readLog({ stream: stream.sid, after, limit: readAtOnce });
    stream.target = head;
    const first = items[0];
    // The log does not go back so far any more.
    if (first ? first.position !== after + 1 : head > after) stream.stale = true;
    else for (const event of items) await this.#takeHeld(stream, event);
  }

  async #renew(stream: Stream): Promise<void> {
    // Before the snapshot: while it is taken, it may become stale again.
    stream.stale = false;
    try {
      const position = await this.#handlers.snapshot(stream.sid);
      if (position > stream.position) this.#move(stream, position);
    } catch (error) {
      stream.stale = true;
      throw error;
    }
  }

  /** @returns false when the stream is no longer of interest, or nothing can be asked any more */
  async #mayRetry(stream: Stream, { status, code }: ColloquyError): Promise<boolean> {
    if (this.#streams.get(stream.sid) !== stream) return false;
    if (status > 0 && status < 500 && status !== 429 && !this.#handlers.wanted(stream.sid)) this.forget(stream.sid);
    // Closed for good: there is nobody left to ask.
    if (status === 0 && code >= 1000 && code < 5000) this.forget(stream.sid);
    if (!this.#streams.has(stream.sid)) return false;
    await new Promise<void>((resolve) => this.#timers.set(resolve, retryAfter));
    return true;
  }
}
