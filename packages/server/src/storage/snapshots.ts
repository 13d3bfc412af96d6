import type { Db } from './db.ts';

/** A database that is only read, whoever else writes to it meanwhile. */
export interface Snapshots {
  /**
   * Runs what reads several things that belong together: all of it sees the database as it was at one moment. Short
   * pieces, please: as long as one lasts, the database keeps what others have overwritten since.
   */
  within<T>(work: (db: Db) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
