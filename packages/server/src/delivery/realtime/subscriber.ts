import type { Signal } from '../../bus/bus.ts';
import type { LoggedEvent } from '../../storage/driver.ts';

/** One connected client. */
export interface Subscriber {
  readonly user: string;
  /**
   * Events of one stream, in order.
   *
   * @param frames what carries them to clients of the realtime API, joined, one frame an event: to be written as it is
   */
  deliver(events: readonly LoggedEvent[], frames: () => Buffer): void;
  /** What is delivered from now on may wait for `uncork`, to be written at once. */
  cork(): void;
  uncork(): void;
  /**
   * What may be lost.
   *
   * @param frame what carries it to clients of the realtime API
   */
  notify(signal: Signal, frame: () => Buffer): void;
  /** The user is gone; so is every connection of his. */
  userRemoved(): void;
  /** There is something that it cannot be told now: it has to come back and read it. */
  interrupted(): void;
}
