import type { RunBatch, StorageDriver } from '../driver.ts';
import { Claims } from './claims.ts';
import { dbOver } from './db-over.ts';
import { prepareDatabase } from './preparing.ts';
import { PostgresReader } from './reader.ts';
import { laneCount } from './settings.ts';
import { Settled } from './settled.ts';
import { readTimeline } from './timeline.ts';
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
  const { epoch, timeline } = await prepareDatabase(url, now, onWait);
  const writer = openPostgresWriter(url, run, onTrouble);
  let isTakenOver = false;
  const reading = new PostgresReader(url, async (client) => {
    const present = await readTimeline(async (sql) => (await client.query<{ timeline: string }>(sql)).rows[0]);
    if (present === timeline || isTakenOver) return;
    isTakenOver = true;
    // Not thrown here, where it would be the answer to whoever reads.
    setImmediate(onLost, new Error(takenOver(timeline, present)));
  });
  const settled = new Settled(reading);
  await settled.begin();
  const claims = new Claims(url);

  return {
    lanes: laneCount,
    exclusive: false,
    epoch,
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

function takenOver(before: string | undefined, now: string | undefined): string {
  return (
    `Another PostgreSQL has taken over (timeline ${before ?? 'unknown'} before, ${now ?? 'unknown'} now), which may not have all ` +
    'that this server has told others: it has to be started anew.'
  );
}
