import type { Call, Committed } from '../driver.ts';

/** What runs transactions, in this thread or another one. */
export interface Writer {
  /** See `StorageDriver.write`; one runs after the other. */
  write(calls: readonly Call[]): Promise<Committed>;
  /** Finishes the transactions under way, then closes. */
  close(): Promise<void>;
}
