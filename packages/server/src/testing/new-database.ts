import pg from 'pg';

/** Names a PostgreSQL on which all tests that need a database are to run, in place of SQLite: its address. */
const server = process.env['COLLOQUY_TEST_POSTGRES'];

let made = 0;

/** Makes a database there. @returns its address; undefined when the tests run on SQLite */
export async function newDatabase(): Promise<string | undefined> {
  if (!server) return undefined;
  made += 1;
  const name = `test_${process.pid}_${Date.now()}_${made}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(
    `CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'`,
  );
  await client.end();
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}
