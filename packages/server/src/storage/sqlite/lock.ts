import { DatabaseSync } from 'node:sqlite';
import { makePrivate } from './private-file.ts';

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

/** The same, which is no mistake when another process holds it. @returns undefined then */
export function tryLockFile(file: string): (() => void) | undefined {
  makePrivate(file);
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== busy) throw error;
    return undefined;
  }
  return () => {
    if (database.isOpen) database.close();
  };
}
