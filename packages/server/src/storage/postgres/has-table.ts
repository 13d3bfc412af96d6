import { connectClient } from './connect.ts';

/** What asks PostgreSQL: a client of `pg`, or a connection of ours. */
interface Asking {
  query(sql: string, values: string[]): Promise<{ rows: object[] }>;
}

/** Is there a table of that name? */
export async function hasTable(connection: Asking, name: string): Promise<boolean> {
  const { rows } = await connection.query('SELECT to_regclass($1) IS NOT NULL AS there', [name]);
  return (rows[0] as { there: number }).there === 1;
}

/** Has no server made its tables in the database yet? @throws StorageUnavailable when it cannot be reached */
export async function isEmpty(url: string): Promise<boolean> {
  const client = await connectClient(url);
  try {
    return !(await hasTable(client, 'migrations'));
  } finally {
    await client.end();
  }
}
