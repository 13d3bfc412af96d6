import type { RunBatch } from '../driver.ts';
import { ensureEpoch } from '../epoch.ts';
import { migrate } from '../migrate.ts';
import type { Writer } from '../writer-thread/writer.ts';
import { dbOver, openWriter } from './connection.ts';
import { sqliteWords } from './schema-words.ts';

const idleBeforeCheckpoint = 1000;

/**
 * SQLite's writing connection. It runs transactions one after the other, and moves the write-ahead log into the database
 * when there is nothing else to do.
 *
 * @param onTrouble told when the log could not be moved; it grows until that succeeds
 */
export async function openSqliteWriter(
  file: string,
  run: RunBatch,
  now: number,
  onTrouble: (message: string) => void,
): Promise<Writer> {
  const connection = openWriter(file);
  await migrate(connection, sqliteWords, now);
  const db = dbOver(connection);
  await ensureEpoch(db);
  let idle: NodeJS.Timeout | undefined;
  // What cannot be moved now, as on a full disk, stays in the log and is moved another time.
  const checkpoint = (mode: 'PASSIVE' | 'TRUNCATE') => {
    try {
      connection.exec(`PRAGMA wal_checkpoint(${mode})`);
    } catch (error) {
      onTrouble(`The log was not moved into the database: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  let work: Promise<unknown> = Promise.resolve();
  return {
    write: (calls) => {
      clearTimeout(idle);
      const written = work.then(() => run(connection, db, calls));
      work = written
        .catch(() => {})
        .then(() => {
          clearTimeout(idle);
          idle = setTimeout(checkpoint, idleBeforeCheckpoint, 'PASSIVE');
          idle.unref();
        });
      return written;
    },
    close: async () => {
      await work;
      clearTimeout(idle);
      checkpoint('TRUNCATE');
      connection.close();
    },
  };
}
