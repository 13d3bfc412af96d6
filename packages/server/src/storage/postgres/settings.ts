import pg from 'pg';

/** Object identifiers of types, from PostgreSQL's catalogue `pg_type`. */
const int8 = 20;
const numeric = 1700;
const bool = 16;

const number = (text: string): number => Number(text);
const flag = (text: string): number => (text === 't' ? 1 : 0);

/**
 * Values as SQLite gives them: integers as numbers (ours are below 2^53), and truth as 0 or 1, since queries are
 * written once for both.
 */
function parserOf(oid: number, format?: 'text' | 'binary') {
  if (oid === int8 || oid === numeric) return number;
  if (oid === bool) return flag;
  return pg.types.getTypeParser(oid, format as 'text');
}

/** Transactions of one process side by side: while a slow one is under way, others work. */
export const laneCount = 4;
/** How long a new connection may take; milliseconds. */
const connectTimeout = 5000;
/**
 * A statement that takes longer has met something that will not end by itself; milliseconds. The server is the first
 * to give up, so that what it says is heard; the client is for a server that says nothing any more.
 */
const statementTimeout = 20_000;
const silenceTimeout = 25_000;
/**
 * How long a statement waits for what another transaction holds; milliseconds. Longer than PostgreSQL keeps one open whose
 * process stands still: whoever waits for that one gets through.
 */
const lockTimeout = 12_000;
/** A process that was stopped in the middle of a transaction holds up the others no longer than this; milliseconds. */
const idleTimeout = 10_000;

/**
 * What every connection of ours has in common.
 *
 * @param url of PostgreSQL, with a password perhaps
 * @param patient for work that takes as long as it takes, as a migration: nothing is given up
 */
export function connectionSettings(url: string, patient = false): pg.ClientConfig {
  const limits = {
    statement_timeout: statementTimeout,
    query_timeout: silenceTimeout,
    lock_timeout: lockTimeout,
    idle_in_transaction_session_timeout: idleTimeout,
  };
  return {
    connectionString: verifying(url),
    application_name: 'colloquy',
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: connectTimeout,
    ...(!patient && limits),
  };
}

/**
 * Modes that `pg` takes for `verify-full`, with a warning on the terminal that it will not do so for ever.
 *
 * @returns an address by which that is what they are
 */
function verifying(url: string): string {
  if (url.includes('uselibpqcompat=true')) return url;
  return url.replace(/([?&]sslmode=)(prefer|require|verify-ca)(?=&|$)/, '$1verify-full');
}

/**
 * Acknowledged means on disk: a database or a role that is set to answer before that is overruled. Stronger settings,
 * as for a replica that has to have it too, stay.
 */
export const makeDurable =
  "SELECT set_config('synchronous_commit', 'on', false) FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'off'";

/**
 * A machine that went away without a word would keep its locks for two hours otherwise, which is how long systems usually
 * wait. Has no effect over a socket of the file system.
 */
export const noticeSilence =
  'SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3';

/**
 * Nearly all that is asked is a few rows by an index. Unless told otherwise, PostgreSQL takes a page out of order for four
 * times as dear as the next one, as disks with arms had it, and where it overrates how many rows there are, starts other
 * processes or compiles: that took up to 30 ms of questions which take one. What the operator has set himself stays.
 */
export const planForFewRows = `
  SELECT set_config(name, wanted, false)
  FROM (VALUES ('random_page_cost', '1.1'), ('max_parallel_workers_per_gather', '0'), ('jit', 'off')) AS plan (setting_name, wanted)
  INNER JOIN pg_settings ON name = setting_name
  WHERE source = 'default'`;
