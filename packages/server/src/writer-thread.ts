/** The thread in which transactions run: where `core/` and `storage/` meet. */
import { workerData } from 'node:worker_threads';
import { runBatch } from './core/batch.ts';
import { commandNamed } from './core/commands.ts';
import type { RunBatch } from './storage/driver.ts';
import { serveWriter } from './storage/writer-thread/serve.ts';
import type { WriterData } from './storage/writer-thread/wire.ts';

const { database, now, limits } = workerData as WriterData;

const run: RunBatch = (connection, db, calls) => runBatch(connection, db, commandNamed, calls, limits);

// Either is loaded only where it is used.
await serveWriter(async (onTrouble) => {
  if ('file' in database) {
    const { openSqliteWriter } = await import('./storage/sqlite/writer.ts');
    return openSqliteWriter(database.file, run, now, onTrouble);
  }
  const { openPostgresWriter } = await import('./storage/postgres/writer.ts');
  return openPostgresWriter(database.url, run);
});
