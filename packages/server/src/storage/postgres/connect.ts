import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { wasCommitted } from './commits.ts';
import { PostgresConnection } from './connection.ts';
import { storageError } from './errors.ts';
import { connectionSettings, makeDurable } from './settings.ts';

/** @throws StorageUnavailable */
export async function connectClient(
  url: string,
  { pipeline = false, patient = false }: { pipeline?: boolean; patient?: boolean } = {},
): Promise<pg.Client> {
  const client = new pg.Client({ ...connectionSettings(url, patient), pipeline } as pg.ClientConfig);
  // An idle connection that breaks says so here as well; whoever uses it next is told.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(makeDurable);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw storageError(error);
  }
}

/**
 * A connection for transactions.
 *
 * @param options `patient`: for work that takes as long as it takes; `notes`: it notes each transaction, by which others can
 *   tell whether it was committed; nobody can without. That needs the tables of the schema.
 * @throws StorageUnavailable
 */
export async function connectWriter(
  url: string,
  { patient = false, notes = false }: { patient?: boolean; notes?: boolean } = {},
): Promise<PostgresConnection> {
  const client = await connectClient(url, { patient, pipeline: true });
  const name = notes ? randomUUID() : undefined;
  return new PostgresConnection(client, name, (commit) => wasCommitted(() => connectClient(url), commit));
}
