import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema.ts';

/** What time PostgreSQL has; milliseconds since 1970. Not that of the transaction's beginning. */
export async function readTime(db: Kysely<Schema>): Promise<number> {
  const question = sql<{ now: number }>`SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now`;
  const { rows } = await question.execute(db);
  return Number(rows[0]?.now);
}
