import { migrate } from '../migrate.ts';
import type { PostgresConnection } from './connection.ts';
import { postgresWords } from './schema-words.ts';

/** Servers that start at the same time bring the schema up to date one after the other. Nothing else takes this lock. */
export const migrationLock = '1668050297';

/**
 * Brings the schema of a database up to date.
 *
 * @param connection a patient one
 * @param onWait told in a sentence when another server is at it, however long that takes
 */
export async function updateSchema(
  connection: PostgresConnection,
  now: number,
  onWait: (sentence: string) => void,
): Promise<void> {
  // Given back at once, with the statement's own transaction.
  const probe = `SELECT pg_try_advisory_xact_lock(${migrationLock}) AS free`;
  const found = await connection.first<{ free: number }>(probe, []);
  if (found?.free !== 1) {
    onWait("Another server is bringing the database's schema up to date; this one waits until that is done.");
  }
  connection.lockAtBegin([migrationLock]);
  await migrate(connection, postgresWords, now);
}
