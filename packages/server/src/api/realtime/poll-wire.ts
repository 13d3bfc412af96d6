import { type CloseCode, closeCodes, limits } from '@colloquy/protocol';
import type { Scheduler } from '../../core/clock.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';
import { payloadsOf } from '../../delivery/realtime/frames.ts';
import { invalid } from '../http/parameters.ts';
import type { Wire } from '../sessions/wire.ts';
import type { PollRoom } from './poll-room.ts';

/** What an answer brings. */
export interface Received {
  frames: string[];
  /** The connection is over, and nothing comes after these frames. */
  close?: { code: CloseCode; reason: string };
}

/** Below what proxies and browsers wait; milliseconds. */
const longestHold = 25_000;
/** Beyond this an answer takes no further frame: on a bad line much at once may never arrive. */
const answerBytes = 256 * 1024;
/** What a frame takes beside its text; bytes. */
const frameCosts = 200;
/** Smaller buffers are parts of pools, which they would keep as a whole. */
const pooledBelow = Buffer.poolSize / 2;
/** How long the farewell waits for the client to ask. */
const farewell = 10_000;

/**
 * A session's frames over requests: those for the client wait here until it asks, and are kept until it says that it
 * has them. Frames are numbered from 1 in each direction, so that a request may come again when its answer was lost.
 */
export class PollWire implements Wire {
  readonly isPolling = true;
  /** Bodies have a room of their own: `BodyRoom`. */
  readonly begun = 0;
  isOpen = true;
  /** Each page has one, and those that went without a word are over within a minute. */
  readonly mostOfUser = 100;
  /** What frames that were not acknowledged take; bytes. */
  #bytes = 0;
  readonly #room: PollRoom;
  #isOver = false;
  readonly #clock: Scheduler;
  readonly #onFrame: (frame: Buffer) => void;
  readonly #onGone: () => void;
  /** Frames that were not acknowledged: the first one is the one after `#acknowledged`. Of large ones, the bytes are not copied. */
  #frames: Buffer[] = [];
  #acknowledged = 0;
  /** How many of them an answer has had. */
  #given = 0;
  /** Ends the waiting of a request; it waits in vain if another one came. */
  #wake: ((inVain: boolean) => void) | undefined;
  #close: Received['close'];
  #taken = 0;
  #waiting: Buffer[] = [];
  /** Sends away the request that waits for its turn to hand frames over. */
  #turnAway: ((error: Refusal) => void) | undefined;
  #paused = false;
  #drained = Promise.withResolvers<void>();
  #callOff = () => {};

  /**
   * @param onFrame takes a frame of the client, in order
   * @param onGone called once: the client knows that it is over, or will not ask any more
   */
  constructor(clock: Scheduler, room: PollRoom, onFrame: (frame: Buffer) => void, onGone: () => void) {
    this.#clock = clock;
    this.#room = room;
    room.enter();
    this.#onFrame = onFrame;
    this.#onGone = onGone;
  }

  get unsent(): number {
    return this.#room.isTooMuch(this.#bytes) ? Number.POSITIVE_INFINITY : this.#bytes;
  }

  write(frames: Buffer): void {
    for (const payload of payloadsOf(frames.length < pooledBelow ? apart(frames) : frames)) {
      this.#frames.push(payload);
      this.#take(payload.length + frameCosts);
    }
    this.#wake?.(false);
  }

  /**
   * Frames for the client, as soon as there are any; none after a while.
   *
   * @param after the number of the last one that it has
   * @param gone aborted when nobody waits for the answer any more
   * @throws Refusal 20422 for numbers that were never given or are gone, 20409 when a later request took over
   */
  async receive(after: number, gone: AbortSignal): Promise<Received> {
    this.#acknowledge(after);
    this.#wake?.(true);
    if (this.isOpen && this.#frames.length === 0) await this.#news(gone);
    const frames: string[] = [];
    for (let bytes = 0; frames.length < this.#frames.length && bytes < answerBytes; ) {
      const payload = this.#frames[frames.length] as Buffer;
      bytes += payload.length;
      frames.push(payload.toString());
    }
    this.#given = Math.max(this.#given, frames.length);
    if (!this.#close || frames.length < this.#frames.length) return { frames };
    this.#end();
    return { frames, close: this.#close };
  }

  /**
   * Frames of the client. Comes back when all of them are under way; more of them than are carried out at a time wait.
   *
   * @param first the number of the first one; those that were taken before are passed over
   * @throws Refusal 20409 when some before it are missing, or a later request waits in place of this one
   */
  async take(first: number, frames: readonly string[]): Promise<void> {
    if (this.#waiting.length > 0) await this.#turn();
    if (first > this.#taken + 1) throw refuse(20409, { reason: `the next frame is number ${this.#taken + 1}` });
    const news = frames.slice(this.#taken + 1 - first);
    this.#taken += news.length;
    this.#waiting = news.map((text) => Buffer.from(text));
    this.#drain();
    while (this.#waiting.length > 0) await this.#drained.promise;
  }

  // What is written in one turn of the event loop goes out together anyway.
  cork(): void {}
  uncork(): void {}
  // Its requests are its signs of life.
  ping(): void {}

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#drain();
  }

  close(code: CloseCode, why: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#close = { code, reason: why };
    // Who was too slow for what waits for him gets it on resuming.
    if (code === 4413) this.#forget();
    this.#callOff = this.#clock.at(this.#clock.now() + farewell, () => this.terminate());
    if (this.#wake) this.#wake(false);
    // A server that stops waits for nobody who is not asking: he finds it gone, and resumes all the same. Whoever has just been
    // given something asks in a moment.
    else if (code === 1001 && this.#given === 0) this.#end();
  }

  terminate(): void {
    this.isOpen = false;
    this.#close ??= { code: 4408, reason: closeCodes[4408].why };
    this.#wake?.(false);
    this.#end();
  }

  #acknowledge(after: number): void {
    const count = after - this.#acknowledged;
    if (count < 0 || count > this.#given) throw invalid('after', 'not the number of a frame that the last answer had');
    for (const { length } of this.#frames.splice(0, count)) this.#take(-(length + frameCosts));
    this.#given -= count;
    this.#acknowledged = after;
  }

  async #news(gone: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#wake = resolve;
    const quit = () => resolve(true);
    gone.addEventListener('abort', quit);
    const callOff = this.#clock.at(this.#clock.now() + longestHold, () => resolve(false));
    try {
      if (await promise) throw refuse(20409, { reason: 'a later request waits in place of this one' });
      // What belongs together is written in one turn of the event loop.
      await new Promise(setImmediate);
    } finally {
      callOff();
      gone.removeEventListener('abort', quit);
      if (this.#wake === resolve) this.#wake = undefined;
    }
  }

  /** Until what was taken before is under way. Of the requests that wait, all but one would be bodies that pile up. */
  async #turn(): Promise<void> {
    this.#turnAway?.(refuse(20409, { reason: 'a later request waits in place of this one' }));
    const { promise, reject } = Promise.withResolvers<never>();
    this.#turnAway = reject;
    try {
      while (this.#waiting.length > 0) await Promise.race([this.#drained.promise, promise]);
    } finally {
      if (this.#turnAway === reject) this.#turnAway = undefined;
    }
  }

  #drain(): void {
    while (!this.#paused) {
      const frame = this.#waiting.shift();
      if (!frame) break;
      if (frame.length > limits.realtimeFrameBytes) this.close(1009, closeCodes[1009].why);
      if (this.isOpen) this.#onFrame(frame);
    }
    if (this.#waiting.length > 0) return;
    this.#drained.resolve();
    this.#drained = Promise.withResolvers<void>();
  }

  #take(bytes: number): void {
    this.#bytes += bytes;
    this.#room.take(bytes);
  }

  #forget(): void {
    this.#frames = [];
    this.#take(-this.#bytes);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#callOff();
    this.#room.leave();
    this.#room.take(-this.#bytes);
    this.#onGone();
  }
}

function apart(frames: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(frames.length);
  frames.copy(copy);
  return copy;
}
