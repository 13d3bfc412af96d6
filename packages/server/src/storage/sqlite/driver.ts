import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Committed, StorageDriver } from '../driver.ts';
import { dbOver, openReader } from './connection.ts';
import { lockDataDirectory } from './lock.ts';
import { type FromWriter, packBatch, type ToWriter, unpackCommitted, type WriterData } from './wire.ts';

interface Waiting {
  resolve: (committed: Committed) => void;
  reject: (error: Error) => void;
}

export interface SqliteOptions {
  /** An existing directory. */
  directory: string;
  /** The module that runs as the writer thread: it knows the commands, this driver does not. */
  writer: URL;
  now: number;
}

/**
 * SQLite: one lane, whose transactions run in a thread that owns the only writing connection. Reading
 * happens here, on a connection that only reads: the queries are bounded pages by key, cheaper than the way
 * to another thread and back.
 */
export async function openSqlite(options: SqliteOptions): Promise<StorageDriver> {
  const unlock = lockDataDirectory(join(options.directory, 'lock'));
  const file = join(options.directory, 'colloquy.db');
  const data: WriterData = { file, now: options.now };
  const worker = new Worker(options.writer, { workerData: data, name: 'writer' });
  try {
    const [first] = (await once(worker, 'message')) as [FromWriter];
    if ('startFailed' in first) throw new Error(first.startFailed);
  } catch (error) {
    await worker.terminate();
    unlock();
    throw error;
  }

  const connection = openReader(file);
  const waiting: Waiting[] = [];
  let dead: Error | undefined;

  worker.on('message', (message: FromWriter) => {
    if ('committed' in message) waiting.shift()?.resolve(unpackCommitted(message.committed, message.data));
    else if ('failed' in message) waiting.shift()?.reject(new Error(message.failed));
  });
  // A writer that is gone cannot come back with its state known; whoever waits is told so and the process ends.
  worker.on('error', (error) => {
    dead = error instanceof Error ? error : new Error(String(error));
    for (const { reject } of waiting.splice(0)) reject(dead);
  });

  return {
    lanes: 1,
    reader: dbOver(connection),
    write: (_lane, calls) =>
      new Promise((resolve, reject) => {
        if (dead) return reject(dead);
        waiting.push({ resolve, reject });
        worker.postMessage(packBatch(calls));
      }),
    close: async () => {
      const exited = once(worker, 'exit');
      worker.postMessage({ close: true } satisfies ToWriter);
      await exited;
      connection.close();
      unlock();
    },
  };
}
