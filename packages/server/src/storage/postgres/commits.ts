import { setTimeout } from 'node:timers/promises';
import type { Client } from 'pg';
import { OutcomeUnknown } from '../connection.ts';
import { storageError } from './errors.ts';

/**
 * What became of transactions whose end nobody heard of. Each notes itself as the last one of its connection, in a row that is
 * committed with everything else. PostgreSQL's own number of it would not do: after a crash it gives out again what it had not
 * written to its disk, and another transaction of that number may well have been committed by then.
 */

/** How long is asked; milliseconds. Longer than PostgreSQL keeps one open whose client says nothing. */
const patience = 15_000;
const askEvery = 100;
/** Of connections that are gone. Nobody asks for longer than he has patience; milliseconds. */
const keptFor = 24 * 60 * 60 * 1000;
/** `invalid_parameter_value`: a number that was not given out yet. */
const unknownTransaction = '22023';

/** A transaction. */
export interface Commit {
  /** PostgreSQL's number of it. */
  transaction: string;
  /** A name that no other connection has. */
  connection: string;
  /** Its number on that connection. */
  count: number;
}

export const noteCommit =
  'INSERT INTO commits (connection, last, date_updated) ' +
  'VALUES ($1, $2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) ' +
  'ON CONFLICT (connection) DO UPDATE SET last = excluded.last, date_updated = excluded.date_updated';

/** Forgets what connections have committed that are gone. */
export const forgetCommits = `DELETE FROM commits WHERE date_updated < (extract(epoch FROM clock_timestamp()) * 1000)::bigint - ${keptFor}`;

/**
 * @param connect makes a connection to ask by
 * @throws OutcomeUnknown when nobody can say
 */
export async function wasCommitted(connect: () => Promise<Client>, commit: Commit): Promise<boolean> {
  const until = performance.now() + patience;
  for (;;) {
    // Whatever keeps it from saying, as too many connections: whoever took that for "no" would do it a second time.
    const committed = await ask(connect, commit).catch(() => undefined);
    if (committed !== undefined) return committed;
    if (performance.now() > until) throw nobodyKnows();
    await setTimeout(askEvery);
  }
}

export function nobodyKnows(): OutcomeUnknown {
  return new OutcomeUnknown('PostgreSQL went away while it was asked to commit; whether it did is not known.');
}

/** @returns undefined while it is under way */
async function ask(
  connect: () => Promise<Client>,
  { transaction, connection, count }: Commit,
): Promise<boolean | undefined> {
  const client = await connect();
  try {
    const { rows } = await client.query('SELECT pg_xact_status($1::xid8) AS status', [transaction]);
    const status: string | undefined = rows[0]?.status;
    if (status === 'aborted') return false;
    if (status !== 'committed') return undefined;
    // Asked for itself: what has just been committed is seen by what begins after that.
    const found = await client.query('SELECT last FROM commits WHERE connection = $1', [connection]);
    return Number(found.rows[0]?.last) === count;
  } catch (error) {
    // A server that never heard of it, as one that crashed, or a replica that has taken over: it is not there, and never will be.
    if ((error as { code?: string }).code === unknownTransaction) return false;
    throw storageError(error);
  } finally {
    await client.end().catch(() => {});
  }
}
