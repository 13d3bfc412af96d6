import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { wasCommitted } from './commits.ts';
import { PostgresConnection } from './connection.ts';
import { connectError, ReadOnly, Standby } from './errors.ts';
import { connectionSettings, makeDurable, planForFewRows } from './settings.ts';

const state = "SELECT pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only') AS read_only";

/**
 * @param options `patient`: for work that takes as long as it takes; `reads`: any server will do, since nothing is changed
 * @throws StorageUnavailable
 */
export async function connectClient(
  url: string,
  { pipeline = false, patient = false, reads = false }: { pipeline?: boolean; patient?: boolean; reads?: boolean } = {},
): Promise<pg.Client> {
  const client = clientOf({ ...connectionSettings(url, patient), pipeline } as pg.ClientConfig);
  // An idle connection that breaks says so here as well; whoever uses it next is told.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(makeDurable);
    if (!patient) await client.query(planForFewRows);
    if (!reads) await requireChanges(client);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw connectError(error);
  }
}

/**
 * A client that is not connected yet.
 *
 * @throws StorageUnavailable where a file cannot be read that the address names, or the address makes no sense
 */
export function clientOf(settings: pg.ClientConfig): pg.Client {
  try {
    return new pg.Client(settings);
  } catch (error) {
    throw connectError(error);
  }
}

/**
 * Where a replica takes over, an address may lead to a server that only reads, for a moment or for good. Whoever stayed there
 * could write nothing any more, would read what is old, and would hold names beside their holders on the other one.
 *
 * @throws ReadOnly there: the next try may lead to the right one
 */
export async function requireChanges(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query(state);
  const { standby, read_only } = rows[0] as { standby: number; read_only: string };
  if (standby === 1) throw new Standby('PostgreSQL is a standby there, which takes no changes.');
  if (read_only === 'on') {
    throw new ReadOnly('PostgreSQL takes no changes there: default_transaction_read_only is on.');
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
