/** The thread that owns SQLite's writing connection: where `core/` and `storage/sqlite/` meet. */
import { workerData } from 'node:worker_threads';
import { runBatch } from './core/batch.ts';
import { commandNamed } from './core/commands.ts';
import { openSqliteWriter } from './storage/sqlite/writer.ts';
import { serveWriter } from './storage/writer-thread/serve.ts';
import type { WriterData } from './storage/writer-thread/wire.ts';

const { file, now, limits } = workerData as WriterData;

await serveWriter((onTrouble) =>
  openSqliteWriter(
    file,
    (connection, db, calls) => runBatch(connection, db, commandNamed, calls, limits),
    now,
    onTrouble,
  ),
);
