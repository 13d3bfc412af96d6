import type { Db } from './db.ts';
import type { Row, Table } from './tables.ts';

/** A new database that is being filled with rows of another one. Nobody sees anything of it before `finish`. */
export interface Loading {
  insert(table: Table, rows: readonly Row[]): Promise<void>;
  /** What was put in so far, to be looked at. */
  readonly db: Db;
  /** Makes it the database. Once it resolves it is on disk. */
  finish(): Promise<void>;
  /** Leaves things as they were. @throws when it cannot: what was made is still there then */
  abandon(): Promise<void>;
}
