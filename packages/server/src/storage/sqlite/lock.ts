import { DatabaseSync } from 'node:sqlite';
import { makePrivate } from './private-file.ts';
import { describeUnusableFile, errcodeOf } from './unusable.ts';

/** SQLITE_BUSY */
const busy = 5;

/**
 * Makes sure that one process owns the data directory. The lock is an open SQLite transaction on a file of
 * its own: the system drops it when the process ends, however it ends, so no stale lock is left behind.
 *
 * @throws when another process holds it
 * @returns a function that gives it back
 */
export function lockDataDirectory(file: string): () => void {
  const unlock = tryLockFile(file);
  if (unlock) return unlock;
  throw new Error('Another Colloquy server is using this data directory. Stop it, or choose another directory.');
}

/**
 * The same, which is no mistake when another process holds it.
 *
 * @throws Error in a sentence where the file cannot be used
 * @returns undefined when another process holds it
 */
export function tryLockFile(file: string): (() => void) | undefined {
  makePrivate(file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (errcodeOf(error) === busy) return undefined;
    const unusable = describeUnusableFile(error, file);
    throw unusable === undefined ? error : new Error(unusable);
  }
  return () => {
    if (database.isOpen) database.close();
  };
}
