import { PostgresAdapter, PostgresQueryCompiler } from 'kysely';
import type { Connection } from '../connection.ts';
import { Db } from '../db.ts';
import { kyselyOver } from '../kysely-dialect.ts';

export function dbOver(connection: Connection): Db {
  const parts = { adapter: () => new PostgresAdapter(), compiler: () => new PostgresQueryCompiler() };
  return new Db(connection, kyselyOver(connection, parts));
}
