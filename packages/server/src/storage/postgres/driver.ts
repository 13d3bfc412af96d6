import type { StorageUnavailable } from '../connection.ts';
import type { StorageDriver } from '../driver.ts';
import { migrate } from '../migrate.ts';
import { Claims } from './claims.ts';
import { connectWriter } from './connect.ts';
import { dbOver } from './db-over.ts';
import { Lane, type RunBatch } from './lane.ts';
import { PostgresReader } from './reader.ts';
import { postgresWords } from './schema-words.ts';
import { Settled } from './settled.ts';

/** Transactions of one process side by side: while one waits for the disk, others work. */
const laneCount = 4;
/** Servers that start at the same time bring the schema up to date one after the other: "clqy", as a lock of its own. */
const migrationLock = '1668050297';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  url: string;
  run: RunBatch;
  now: number;
  /** Told of what failed for want of a database, whoever asked for it. */
  onTrouble?: (error: Error) => void;
}

/**
 * PostgreSQL, which any number of processes use at a time: the rows that a command decides by are locked, and so is what
 * has to stay in order.
 *
 * @throws StorageUnavailable when it cannot be reached
 */
export async function openPostgres({ url, run, now, onTrouble }: PostgresOptions): Promise<StorageDriver> {
  const migrating = await connectWriter(url, { patient: true });
  try {
    migrating.lockAtBegin([migrationLock]);
    await migrate(migrating, postgresWords, now);
  } finally {
    await migrating.close();
  }
  const reading = new PostgresReader(url);
  const lanes = Array.from({ length: laneCount }, () => new Lane(url, run));
  const settled = new Settled(reading);
  await settled.begin();
  const claims = new Claims(url);
  const underWay = new Set<Promise<unknown>>();

  return {
    lanes: laneCount,
    exclusive: false,
    reader: dbOver(reading),
    write: (lane, calls, keys = []) => {
      const written = (lanes[lane] as Lane).write(calls, keys).catch((error: StorageUnavailable) => {
        onTrouble?.(error);
        throw error;
      });
      const ended = written.catch(() => {}).finally(() => underWay.delete(ended));
      underWay.add(ended);
      return written;
    },
    settledEvent: () => settled.event(),
    claim: (name, onLost) => claims.claim(name, onLost),
    close: async () => {
      await Promise.all(underWay);
      await Promise.all([...lanes.map((lane) => lane.close()), reading.close(), claims.close()]);
    },
  };
}
