import type { LoggedEvent } from '../../storage/driver.ts';

/** What the bus reads of the log. */
export interface StreamLog {
  /** A stream's events after a position, in order; at most so many. */
  read(stream: string, after: number, limit: number): Promise<LoggedEvent[]>;
  /** Where streams stand; those that are not there (any more) are left out. */
  heads(streams: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Id of the newest event up to which none is still to come. */
  settled(): Promise<number>;
  /**
   * Where the streams of these events stand by them, and the newest of each one's.
   *
   * @param after id of the event after which they begin
   * @param upTo id of the last one; all that are there when left out
   */
  moved(after: number, upTo?: number): Promise<ReadonlyMap<string, { position: number; id: number }>>;
}
