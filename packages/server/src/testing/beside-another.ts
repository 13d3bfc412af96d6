import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type RunningPostgres, runPostgres } from './run-postgres.ts';
import { turnsWhile } from './turns.ts';

/** Another server of the database that a test is about. */
export interface Another {
  /**
   * Lets somebody wait for rows that the other one has changed or locked in a transaction, which it commits then.
   *
   * @param change the other one's statements, without parameters
   */
  behind<What>(change: string, work: () => Promise<What>): Promise<What>;
}

/**
 * For the tests of a `describe`: a PostgreSQL, and for each test a database that another server uses, too.
 *
 * @param programs as `findPostgres` says
 * @param open opens what is tested on the database
 */
export function besideAnother(programs: string | undefined, open: (url: string) => Promise<void>): Another {
  let postgres: RunningPostgres;
  let other: pg.Client;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());
  beforeEach(async () => {
    const url = await postgres.create();
    await open(url);
    other = new pg.Client({ connectionString: url });
    await other.connect();
  });
  afterEach(() => other.end());
  const waiting = 'SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = $1';
  return {
    behind: async (change, work) => {
      await other.query('BEGIN');
      await other.query(change);
      const given = work();
      await turnsWhile(async () => (await other.query(waiting, ['Lock'])).rowCount === 0);
      await other.query('COMMIT');
      return given;
    },
  };
}
