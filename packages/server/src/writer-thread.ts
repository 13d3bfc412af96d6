/**
 * The thread that owns SQLite's writing connection: where `core/` and `storage/sqlite/` meet. It runs the
 * batches it is sent one after the other, and moves the write-ahead log into the database when there is
 * nothing else to do.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { runBatch } from './core/batch.ts';
import { commandNamed } from './core/commands.ts';
import { migrate } from './storage/migrate.ts';
import { dbOver, openWriter } from './storage/sqlite/connection.ts';
import { sqliteWords } from './storage/sqlite/schema-words.ts';
import { type FromWriter, packCommitted, type ToWriter, unpackBatch, type WriterData } from './storage/sqlite/wire.ts';

const { file, now, limits } = workerData as WriterData;
const idleBeforeCheckpoint = 1000;

function tell(message: FromWriter): void {
  parentPort?.postMessage(message);
}

try {
  const connection = openWriter(file);
  await migrate(connection, sqliteWords, now);
  const db = dbOver(connection);

  let idle: NodeJS.Timeout | undefined;
  // What cannot be moved now, as on a full disk, stays in the log and is moved another time.
  const checkpoint = (mode: 'PASSIVE' | 'TRUNCATE') => {
    try {
      connection.exec(`PRAGMA wal_checkpoint(${mode})`);
    } catch (error) {
      tell({ notCheckpointed: error instanceof Error ? error.message : String(error) });
    }
  };
  let work: Promise<void> = Promise.resolve();

  parentPort?.on('message', (message: ToWriter) => {
    clearTimeout(idle);
    if ('close' in message) {
      work = work.then(() => {
        checkpoint('TRUNCATE');
        connection.close();
        tell({ closed: true });
        parentPort?.close();
      });
      return;
    }
    work = work.then(async () => {
      try {
        tell(packCommitted(await runBatch(connection, db, commandNamed, unpackBatch(message.batch), limits)));
      } catch (error) {
        tell({ failed: error instanceof Error ? error.message : String(error) });
      }
      clearTimeout(idle);
      idle = setTimeout(checkpoint, idleBeforeCheckpoint, 'PASSIVE');
      idle.unref();
    });
  });
  tell({ ready: true });
} catch (error) {
  tell({ startFailed: error instanceof Error ? error.message : String(error) });
}
