import type { MessagePort } from 'node:worker_threads';
import { runBatch } from './core/batch.ts';
import { commandNamed } from './core/commands.ts';
import { openSqliteWriter } from './storage/sqlite/writer.ts';
import { serveWriter } from './storage/writer-thread/serve.ts';
import type { WriterData } from './storage/writer-thread/wire.ts';

/** Runs commands on a SQLite database for who has the other end of the port: where `core/` and `storage/sqlite/` meet. */
export async function serveCommands(port: MessagePort, { file, now, limits }: WriterData): Promise<void> {
  await serveWriter(port, (onTrouble) =>
    openSqliteWriter(
      file,
      (connection, db, calls) => runBatch(connection, db, commandNamed, calls, limits),
      now,
      onTrouble,
    ),
  );
}
