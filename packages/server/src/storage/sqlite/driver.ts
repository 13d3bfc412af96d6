import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Limits } from '@colloquy/protocol';
import { StorageUnavailable } from '../connection.ts';
import type { Committed, StorageDriver } from '../driver.ts';
import { newestEvent } from '../events.ts';
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
  /** What commands enforce; those of the contract when left out. */
  limits?: Limits;
  /** Told of what failed for want of a working disk, whoever asked for it. */
  onTrouble?: (error: Error) => void;
  /**
   * Told when the writer thread is gone. It cannot come back with its state known: nothing can be written any more,
   * so the process has to end.
   */
  onLost?: (error: Error) => void;
}

/**
 * SQLite: one lane, whose transactions run in a thread that owns the only writing connection. Reading
 * happens here, on a connection that only reads: the queries are bounded pages by key, cheaper than the way
 * to another thread and back.
 */
export async function openSqlite(options: SqliteOptions): Promise<StorageDriver> {
  for (const name of ['lock', 'colloquy.db']) makePrivate(join(options.directory, name));
  const unlock = lockDataDirectory(join(options.directory, 'lock'));
  const file = join(options.directory, 'colloquy.db');
  const data: WriterData = { file, now: options.now, ...(options.limits && { limits: options.limits }) };
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
  const reader = dbOver(connection);
  const claimed = new Set<string>();
  const waiting: Waiting[] = [];
  let dead: Error | undefined;
  let closing = false;

  worker.on('message', (message: FromWriter) => {
    if ('committed' in message) waiting.shift()?.resolve(unpackCommitted(message.committed, message.data));
    else if ('failed' in message) {
      const error = new StorageUnavailable(message.failed);
      options.onTrouble?.(error);
      waiting.shift()?.reject(error);
    } else if ('notCheckpointed' in message) {
      options.onTrouble?.(
        new StorageUnavailable(`The log was not moved into the database: ${message.notCheckpointed}`),
      );
    }
  });
  const lose = (error: Error) => {
    if (dead) return;
    dead = error;
    for (const { reject } of waiting.splice(0)) reject(error);
    options.onLost?.(error);
  };
  worker.on('error', (error) => lose(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => {
    if (!closing) lose(new Error('The writer thread ended.'));
  });

  return {
    lanes: 1,
    exclusive: true,
    reader,
    write: (_lane, calls) =>
      new Promise((resolve, reject) => {
        if (dead) return reject(dead);
        // First, since it may throw: answers come in the order of those who wait.
        const batch = packBatch(calls);
        waiting.push({ resolve, reject });
        worker.postMessage(batch);
      }),
    settledEvent: () => newestEvent(reader),
    claim: async (name) => {
      if (claimed.has(name)) return undefined;
      claimed.add(name);
      return async () => void claimed.delete(name);
    },
    close: async () => {
      closing = true;
      if (!dead) {
        const exited = once(worker, 'exit');
        worker.postMessage({ close: true } satisfies ToWriter);
        await exited;
      }
      connection.close();
      unlock();
    },
  };
}

/** Unless the file is there. The directory may be somebody's own, open to all; SQLite gives its other files the same mode. */
function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
}
