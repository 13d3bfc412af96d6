import type { Call, Committed } from './driver.ts';

/** What runs the transactions of a driver, in this thread or another one. */
export interface Writer {
  /** See `StorageDriver.write`; transactions of one lane run one after the other. */
  write(lane: number, calls: readonly Call[], keys: readonly (readonly string[])[]): Promise<Committed>;
  /** Finishes the transactions under way, then closes. */
  close(): Promise<void>;
}
