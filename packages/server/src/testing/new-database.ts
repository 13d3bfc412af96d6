import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** Names a PostgreSQL on which all tests that need a database are to run, in place of SQLite: its address. */
const server = process.env['COLLOQUY_TEST_POSTGRES'];

let own: Promise<string> | undefined;
let made = 0;

/**
 * The database of a server whose files are in a directory: made when there is none yet.
 *
 * @returns its address; undefined when the tests run on SQLite
 */
export async function databaseOf(directory: string): Promise<string | undefined> {
  const noted = join(directory, 'database-url');
  if (existsSync(noted)) return readFileSync(noted, 'utf8');
  const url = await newDatabase();
  if (url !== undefined) writeFileSync(noted, url);
  return url;
}

/**
 * Makes room for a server there: a schema, which costs a tenth of a database, in a database of this process.
 *
 * @returns its address; undefined when the tests run on SQLite
 */
async function newDatabase(): Promise<string | undefined> {
  if (!server) return undefined;
  own ??= createDatabase(server);
  const url = new URL(await own);
  made += 1;
  await run(url.href, `CREATE SCHEMA test_${made}`);
  url.searchParams.set('options', `-c search_path=test_${made}`);
  return url.href;
}

async function createDatabase(at: string): Promise<string> {
  const name = `tests_${process.pid}_${Date.now()}`;
  await run(at, `CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'`);
  return Object.assign(new URL(at), { pathname: `/${name}` }).href;
}

async function run(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(statement);
  await client.end();
}
