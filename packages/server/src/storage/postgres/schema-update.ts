import { migrate } from '../migrate.ts';
import type { PostgresConnection } from './connection.ts';
import { migrationKey } from './lock-keys.ts';
import { postgresWords } from './schema-words.ts';

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
  const probe = `SELECT pg_try_advisory_xact_lock(${migrationKey}) AS free`;
  const found = await connection.first<{ free: number }>(probe, []);
  if (found?.free !== 1) {
    onWait("Another server is bringing the database's schema up to date; this one waits until that is done.");
  }
  connection.lockAtBegin([migrationKey]);
  await migrate(connection, postgresWords, now);
}
