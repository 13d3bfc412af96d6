import type pg from 'pg';
import type { Connection, Value } from '../connection.ts';
import type { Snapshots } from '../snapshots.ts';
import { clientOf } from './connect.ts';
import { dbOver } from './db-over.ts';
import { connectError, storageError } from './errors.ts';
import { connectionSettings } from './settings.ts';

/** Who reads a whole database may wait for a disk; milliseconds. */
const patience = 10 * 60_000;

/**
 * Reads a database, beside the servers that use it or without any.
 *
 * @throws StorageUnavailable when it cannot be reached
 */
export async function openPostgresSnapshots(url: string): Promise<Snapshots> {
  const client = clientOf({
    ...connectionSettings(url),
    statement_timeout: patience,
    query_timeout: patience,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    // Between two pages, files are copied for as long as that takes, however large they are.
    await client.query('SET idle_in_transaction_session_timeout = 0');
  } catch (error) {
    await client.end().catch(() => {});
    throw connectError(error);
  }
  const db = dbOver(new OneClient(client));
  return {
    within: async (work) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY').catch((error) => {
        throw storageError(error);
      });
      try {
        return await work(db);
      } finally {
        await client.query('ROLLBACK').catch(() => {});
      }
    },
    close: () => client.end(),
  };
}

class OneClient implements Connection {
  readonly #client: pg.Client;
  constructor(client: pg.Client) {
    this.#client = client;
  }
  async query<R>(text: string, values: readonly Value[]): Promise<{ rows: R[]; changes: number }> {
    try {
      const { rows, rowCount } = await this.#client.query(text, values as Value[]);
      return { rows: rows as R[], changes: rowCount ?? 0 };
    } catch (error) {
      throw storageError(error);
    }
  }
  async first<R>(text: string, values: readonly Value[]): Promise<R | undefined> {
    return (await this.query<R>(text, values)).rows[0];
  }
}
