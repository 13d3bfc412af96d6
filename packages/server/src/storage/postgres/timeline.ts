/** Of the classes of SQLSTATE: what is not allowed or not there, not supported, not to be had in this state. */
const notTold = /^(42|0A|55)/;

const question = 'SELECT substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS timeline';

/**
 * On which timeline a PostgreSQL writes that takes changes: it begins another one when it was a replica and takes over, or
 * was put back to a point in time (PostgreSQL's manual, 26.3.6). The first digits of the name of a file of its log are the
 * number of it.
 *
 * @param ask gives the first row of the answer
 * @returns undefined where the database does not say, as some that are not quite PostgreSQL
 */
export async function readTimeline(
  ask: (sql: string) => Promise<{ timeline: string } | undefined>,
): Promise<string | undefined> {
  try {
    return (await ask(question))?.timeline;
  } catch (error) {
    if (notTold.test(String((error as { code?: unknown }).code))) return undefined;
    throw error;
  }
}
