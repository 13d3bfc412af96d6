import type { StorageDriver } from '../driver.ts';
import type { Writer } from '../writer.ts';
import { Claims } from './claims.ts';
import { dbOver } from './db-over.ts';
import { PostgresReader } from './reader.ts';
import { updateSchema } from './schema-update.ts';
import { laneCount } from './settings.ts';
import { Settled } from './settled.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  url: string;
  now: number;
  /** Opens what runs transactions, once the schema is up to date. */
  openWriter: () => Writer;
  /** Told in a sentence what it waits for, if it has to. */
  onWait?: (sentence: string) => void;
}

/**
 * PostgreSQL, which any number of processes use at a time: the rows that a command decides by are locked, and so is what
 * has to stay in order.
 *
 * @throws StorageUnavailable when it cannot be reached
 */
export async function openPostgres({
  url,
  now,
  openWriter,
  onWait = () => {},
}: PostgresOptions): Promise<StorageDriver> {
  await updateSchema(url, now, onWait);
  const writer = openWriter();
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
