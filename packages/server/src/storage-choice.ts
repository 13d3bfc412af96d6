import { mkdirSync } from 'node:fs';
import type { Limits } from '@colloquy/protocol';
import type { Config } from './config/config.ts';
import { StartError } from './config/start-error.ts';
import { runBatch } from './core/batch.ts';
import { commandNamed } from './core/commands.ts';
import { movedSentence, readMarker } from './move/marker.ts';
import type { RunBatch, StorageDriver } from './storage/driver.ts';
import { openSqlite } from './storage/sqlite/driver.ts';
import type { WriterThreadReports } from './storage/writer-thread/thread.ts';
import { writerUrl } from './writer-url.ts';

const beingRestored =
  'A backup is being put into the database by `colloquy restore`. Start the server when that has ended; if nothing is ' +
  'to be restored, end that program first.';

/**
 * Opens what the configuration names: PostgreSQL, or else SQLite in the data directory.
 *
 * @param reports `onWait` is told in a sentence what has to be waited for
 */
export async function openStorage(
  config: Config,
  now: number,
  { onWait, ...reports }: WriterThreadReports & { onWait: (sentence: string) => void },
): Promise<StorageDriver> {
  const limits = config.limits && { limits: config.limits };
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  if (config.databaseUrl !== undefined) {
    // Loaded only where it is used.
    const { openPostgres } = await import('./storage/postgres/driver.ts');
    const { awaitMove } = await import('./move/awaited.ts');
    const { holdForStarting } = await import('./storage/postgres/restoring.ts');
    await awaitMove(config.databaseUrl, onWait);
    const url = config.databaseUrl;
    const release = await holdForStarting(url);
    if (!release) throw new StartError(beingRestored);
    try {
      return await openPostgres({ url, run: runCommands(config.limits), now, onTrouble: reports.onTrouble, onWait });
    } finally {
      await release();
    }
  }
  const moved = readMarker(config.dataDir);
  if (moved) throw new StartError(movedSentence(config.dataDir, moved));
  return openSqlite({ directory: config.dataDir, writer: writerUrl, now, ...limits, ...reports });
}

/** Where commands run in this thread: see decision 1. */
export function runCommands(limits?: Limits): RunBatch {
  return (connection, db, calls) => runBatch(connection, db, commandNamed, calls, limits);
}
