import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Limits } from '@colloquy/protocol';
import type { Config } from './config/config.ts';
import { StartError } from './config/start-error.ts';
import { runBatch } from './core/batch.ts';
import { commandNamed } from './core/commands.ts';
import type { RunBatch, StorageDriver } from './storage/driver.ts';
import { unfinishedRestore } from './storage/loading.ts';
import { movedSentence, readMarker } from './storage/moved-marker.ts';
import { databaseFile } from './storage/sqlite/database-file.ts';
import { openSqlite } from './storage/sqlite/driver.ts';
import { readUnfinished, removeUnfinished } from './storage/unfinished-restore.ts';
import type { WriterThreadReports } from './storage/writer-thread/thread.ts';
import { writerUrl } from './writer-url.ts';

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
  await requireRestored(config);
  if (config.databaseUrl !== undefined) {
    // Loaded only where it is used.
    const { openPostgres } = await import('./storage/postgres/driver.ts');
    const url = config.databaseUrl;
    return openPostgres({ url, run: runCommands(config.limits), now, ...reports, onWait });
  }
  const moved = readMarker(config.dataDir);
  if (moved) throw new StartError(movedSentence(config.dataDir, moved));
  return openSqlite({ directory: config.dataDir, writer: writerUrl, now, ...limits, ...reports });
}

/** Where commands run in this thread: see decision 1. */
export function runCommands(limits?: Limits): RunBatch {
  return (connection, db, calls) => runBatch(connection, db, commandNamed, calls, limits);
}

/** The database comes last when a backup is restored: without one, the data directory holds a part of what was to be. */
async function requireRestored({ dataDir, databaseUrl }: Config): Promise<void> {
  const unfinished = readUnfinished(dataDir);
  if (!unfinished) return;
  if (!(await hasDatabase(dataDir, databaseUrl))) throw new StartError(unfinishedRestore(dataDir, unfinished.since));
  removeUnfinished(dataDir);
}

async function hasDatabase(dataDir: string, url: string | undefined): Promise<boolean> {
  if (url === undefined) return existsSync(join(dataDir, databaseFile));
  // Loaded only where it is used.
  const { contentsOf } = await import('./storage/postgres/contents.ts');
  return (await contentsOf(url)).kind === 'ours';
}
