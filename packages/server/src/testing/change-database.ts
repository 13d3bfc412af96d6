import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { Value } from '../storage/connection.ts';
import { databaseOf } from './new-database.ts';

/**
 * Does to the database of a server what no command does, as an accident or another version would: with one statement, past
 * the server.
 *
 * @param directory of the server's files
 * @param sql in words that SQLite and PostgreSQL share, with a `?` for each value; no text in it has one
 * @returns how many rows it touched
 */
export async function changeDatabase(directory: string, sql: string, ...values: Value[]): Promise<number> {
  const file = join(directory, 'colloquy.db');
  // Some tests are of SQLite alone, whatever the others run on.
  const url = existsSync(file) ? undefined : await databaseOf(directory);
  if (url === undefined) {
    const database = new DatabaseSync(file, { timeout: 5000 });
    try {
      return Number(database.prepare(sql).run(...values).changes);
    } finally {
      database.close();
    }
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let holes = 0;
    const numbered = sql.replaceAll('?', () => {
      holes += 1;
      return `$${holes}`;
    });
    return (await client.query(numbered, values)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}
