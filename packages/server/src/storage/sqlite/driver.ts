import { join } from 'node:path';
import type { Limits } from '@colloquy/protocol';
import type { StorageDriver } from '../driver.ts';
import { readEpoch } from '../epoch.ts';
import { newestEvent } from '../events.ts';
import { WriterThread, type WriterThreadReports } from '../writer-thread/thread.ts';
import { dbOver, openReader } from './connection.ts';
import { databaseFile } from './database-file.ts';
import { lockDataDirectory } from './lock.ts';
import { makePrivate } from './private-file.ts';
import { describeUnusableFile } from './unusable.ts';

export interface SqliteOptions extends WriterThreadReports {
  /** An existing directory. */
  directory: string;
  /** The module that runs as the writer thread: it knows the commands, this driver does not. */
  writer: URL;
  now: number;
  /** What commands enforce; those of the contract when left out. */
  limits?: Limits;
}

/**
 * SQLite: one lane, whose transactions run in a thread that owns the only writing connection. Reading
 * happens here, on a connection that only reads: the queries are bounded pages by key, cheaper than the way
 * to another thread and back.
 */
export async function openSqlite(options: SqliteOptions): Promise<StorageDriver> {
  const unlock = lockDataDirectory(join(options.directory, 'lock'));
  const file = join(options.directory, databaseFile);
  makePrivate(file);
  const { writer, now, limits } = options;
  const start = () => WriterThread.start(writer, { file, now, ...(limits && { limits }) }, options);
  const thread = await start().catch((error) => {
    unlock();
    const unusable = describeUnusableFile(error, file);
    throw unusable === undefined ? error : new Error(unusable);
  });
  const connection = openReader(file);
  const reader = dbOver(connection);
  const close = async () => {
    await thread.close();
    connection.close();
    unlock();
  };
  const epoch = await readEpoch(reader).catch(async (error) => {
    await close();
    throw error;
  });
  const claimed = new Set<string>();

  return {
    lanes: 1,
    exclusive: true,
    epoch,
    reader,
    write: (_lane, calls) => thread.write(calls),
    settledEvent: () => newestEvent(reader),
    claim: async (name) => {
      if (claimed.has(name)) return undefined;
      claimed.add(name);
      return async () => void claimed.delete(name);
    },
    close,
  };
}
