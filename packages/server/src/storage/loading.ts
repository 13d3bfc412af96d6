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

/**
 * What is said to whoever wants to use what was not restored to its end.
 *
 * @param place where the backup was to go
 * @param since when that began; ISO 8601
 */
export function unfinishedRestore(place: string, since: string): string {
  return (
    `\`colloquy restore\` began at ${since} to put a backup into ${place}, and has not come to its end. ` +
    'Let it end, or if it was broken off, run it again: it begins anew.'
  );
}
