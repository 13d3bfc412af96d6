import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { OutcomeUnknown } from '../connection.ts';
import { PostgresConnection } from './connection.ts';
import { storageError } from './errors.ts';
import { connectionSettings, makeDurable } from './settings.ts';

/**
 * How long is asked what became of a transaction; milliseconds. Longer than PostgreSQL keeps one open whose client
 * says nothing (`idle_in_transaction_session_timeout`).
 */
const patience = 15_000;
const askEvery = 100;
/** `invalid_parameter_value`: a number that was not given out yet. */
const unknownTransaction = '22023';

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
 * @param options `patient`: for work that takes as long as it takes
 * @throws StorageUnavailable
 */
export async function connectWriter(url: string, options: { patient?: boolean } = {}): Promise<PostgresConnection> {
  const client = await connectClient(url, { ...options, pipeline: true });
  return new PostgresConnection(client, (transaction) => wasCommitted(url, transaction));
}

/**
 * What became of a transaction whose end had been asked for when its connection was lost.
 *
 * @param transaction its number
 * @throws OutcomeUnknown when nobody can say
 */
async function wasCommitted(url: string, transaction: string): Promise<boolean> {
  const until = performance.now() + patience;
  for (;;) {
    // Whatever keeps it from saying, as too many connections: whoever took that for "no" would do it a second time.
    const status = await statusOf(url, transaction).catch(() => undefined);
    if (status === 'committed') return true;
    if (status === 'aborted') return false;
    if (performance.now() > until) {
      throw new OutcomeUnknown('PostgreSQL went away while it was asked to commit; whether it did is not known.');
    }
    await setTimeout(askEvery);
  }
}

async function statusOf(url: string, transaction: string): Promise<string | undefined> {
  const client = await connectClient(url);
  try {
    const { rows } = await client.query('SELECT pg_xact_status($1::xid8) AS status', [transaction]);
    return rows[0]?.status;
  } catch (error) {
    // A server that never heard of it, as a replica that has taken over: it is not there, and never will be.
    if ((error as { code?: string }).code === unknownTransaction) return 'aborted';
    throw storageError(error);
  } finally {
    await client.end().catch(() => {});
  }
}
