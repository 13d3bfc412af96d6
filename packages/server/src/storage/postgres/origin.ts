/** Of the classes of SQLSTATE: what is not allowed or not there, not supported, not to be had in this state. */
const notTold = /^(42|0A|55)/;

/**
 * As SQL, over `pg_control_system()`: what tells a database from all others, and is the same for everybody who uses it. A
 * copy that was made by a backup has another one, whatever its rows say.
 */
const identity =
  "system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()), to_regclass('events')::oid";

/**
 * Its timeline is another one when it was a replica and takes over, or was put back to a point in time (PostgreSQL's manual,
 * 26.3.6). The first digits of the name of a file of its log are the number of it.
 */
const question = `SELECT concat_ws(' ', ${identity}, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)) AS origin FROM pg_control_system()`;

/**
 * What tells a log from the same one as it goes on elsewhere: which database it is in, and on which timeline PostgreSQL
 * writes there. Of a connection that takes changes.
 *
 * @param ask gives the first row of the answer
 * @returns undefined where the database does not say, as some that are not quite PostgreSQL
 */
export async function readOrigin(
  ask: (sql: string) => Promise<{ origin: string } | undefined>,
): Promise<string | undefined> {
  try {
    return (await ask(question))?.origin;
  } catch (error) {
    if (notTold.test(String((error as { code?: unknown }).code))) return undefined;
    throw error;
  }
}

/** What in it stays the same when another PostgreSQL takes over. */
export function identityIn(origin: string): string {
  return origin.slice(0, origin.lastIndexOf(' '));
}
