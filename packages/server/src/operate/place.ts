import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Settings } from '../config/settings.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { OperateError } from './operate-error.ts';

/** Where the data of a server are. */
export interface Place {
  /** Absolute. */
  dataDir: string;
  /** For people; no secret in it. */
  database: string;
  openSnapshots(): Promise<Snapshots>;
}

export const databaseFile = 'colloquy.db';

/** @throws OperateError when there is nothing there */
export function findPlace(settings: Settings, cwd: string): Place {
  const dataDir = resolve(cwd, settings.dataDir);
  const file = join(dataDir, databaseFile);
  if (!existsSync(file)) {
    throw new OperateError(`There is no ${file}: say with --data-dir where the data of the server are.`, 2);
  }
  return { dataDir, database: file, openSnapshots: async () => openSqliteSnapshots(file) };
}
