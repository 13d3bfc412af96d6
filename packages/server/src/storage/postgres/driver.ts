import type { RunBatch, StorageDriver } from '../driver.ts';
import { Claims } from './claims.ts';
import { dbOver } from './db-over.ts';
import { identityIn, readOrigin } from './origin.ts';
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
  /**
   * Told when another PostgreSQL has taken over. It may not have all that this process remembers and has told others, so the
   * process has to end.
   */
  onLost?: ((error: Error) => void) | undefined;
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
  onLost = () => {},
  onWait = () => {},
}: PostgresOptions): Promise<StorageDriver> {
  const { epoch, origin } = await prepareDatabase(url, now, onWait);
  const writer = openPostgresWriter(url, run, onTrouble);
  let isTakenOver = false;
  const reading = new PostgresReader(url, async (client) => {
    const present = await readOrigin(async (sql) => (await client.query<{ origin: string }>(sql)).rows[0]);
    if (present === origin || isTakenOver) return;
    isTakenOver = true;
    // Not thrown here, where it would be the answer to whoever reads.
    setImmediate(onLost, new Error(takenOver(origin, present)));
  });
  const settled = new Settled(reading);
  await settled.begin();
  const claims = new Claims(url);

  return {
    lanes: laneCount,
    exclusive: false,
    epoch,
    identity: origin === undefined ? undefined : identityIn(origin),
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

/** @param before as `readOrigin` tells it */
function takenOver(before = 'unknown', now = 'unknown'): string {
  return (
    `Another PostgreSQL has taken over (identity and timeline ${before} before, ${now} now), which may not have all that this ` +
    'server has told others: it has to be started anew.'
  );
}
