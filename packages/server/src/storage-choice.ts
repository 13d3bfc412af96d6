import { mkdirSync } from 'node:fs';
import type { Limits } from '@colloquy/protocol';
import type { Config } from './config/config.ts';
import { StartError } from './config/start-error.ts';
import { runBatch } from './core/batch.ts';
import { commandNamed } from './core/commands.ts';
import { movedSentence, readMarker } from './migrate/marker.ts';
import type { StorageDriver } from './storage/driver.ts';
import type { RunBatch } from './storage/postgres/lane.ts';
import { openSqlite } from './storage/sqlite/driver.ts';
import { writerUrl } from './writer-url.ts';

interface Reports {
  /** See the drivers. */
  onTrouble: (error: Error) => void;
  onLost: (error: Error) => void;
}

/** Opens what the configuration names: PostgreSQL, or else SQLite in the data directory. */
export async function openStorage(config: Config, now: number, { onTrouble, onLost }: Reports): Promise<StorageDriver> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  if (config.databaseUrl !== undefined) {
    // Loaded only where it is used.
    const { openPostgres } = await import('./storage/postgres/driver.ts');
    const { awaitMove } = await import('./migrate/awaited.ts');
    await awaitMove(config.databaseUrl);
    return openPostgres({ url: config.databaseUrl, run: runCommands(config.limits), now, onTrouble });
  }
  const moved = readMarker(config.dataDir);
  if (moved) throw new StartError(movedSentence(config.dataDir, moved));
  const limits = config.limits && { limits: config.limits };
  return openSqlite({ directory: config.dataDir, writer: writerUrl, now, ...limits, onTrouble, onLost });
}

/** Where commands run in this thread: see decision 1. */
export function runCommands(limits?: Limits): RunBatch {
  return (connection, db, calls) => runBatch(connection, db, commandNamed, calls, limits);
}
