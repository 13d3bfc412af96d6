import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema.ts';

/** As SQL, over `pg_control_system()`. */
export const identity =
  "system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()), to_regclass('events')::oid";

/**
 * What tells a database from all others, and is the same for everybody who uses it: a copy that was made by a backup has
 * another one, whatever its rows say.
 */
export async function readIdentity(db: Kysely<Schema>): Promise<string> {
  const question = sql<{
    identity: string;
  }>`SELECT concat_ws(' ', ${sql.raw(identity)}) AS identity FROM pg_control_system()`;
  const { rows } = await question.execute(db);
  return rows[0]?.identity ?? '';
}
