import type { RunBatch, StorageDriver } from '../driver.ts';
import { Claims } from './claims.ts';
import { dbOver } from './db-over.ts';
import { prepareDatabase } from './preparing.ts';
import { PostgresReader } from './reader.ts';
import { laneCount } from './settings.ts';
import { Settled } from './settled.ts';
import { openPostgresWriter } from './writer.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  url: string;
  run: RunBatch;
  now: number;
  /** Told of what failed for want of a database, whoever asked for it. */
  onTrouble?: ((error: Error) => void) | undefined;
  /** Told in a sentence what it waits for, if it has to. */
  onWait?: (sentence: string) => void;
}

/**
 * PostgreSQL, which any number of processes use at a time: the rows that a command decides by are locked, and so is what
 * has to stay in order.
 *
 * @throws StorageUnavailable when it cannot be reached
 * @throws Error when no server can use it as it is
 */
export async function openPostgres({
  url,
  run,
  now,
  onTrouble,
  onWait = () => {},
}: PostgresOptions): Promise<StorageDriver> {
  await prepareDatabase(url, now, onWait);
  const writer = openPostgresWriter(url, run, onTrouble);
  const reading = new PostgresReader(url);
  const settled = new Settled(reading);
  await settled.begin();
  const claims = new Claims(url);

  return {
    lanes: laneCount,
    exclusive: false,
    reader: dbOver(reading),
    write: (lane, calls, keys = []) => writer.write(lane, calls, keys),
    settledEvent: () => settled.event(),
    claim: (name, onLost) => claims.claim(name, onLost),
    close: async () => {
      await writer.close();
      await Promise.all([reading.close(), claims.close()]);
    },
  };
}
