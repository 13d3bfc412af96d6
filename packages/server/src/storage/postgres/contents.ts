import { unfinishedRestore } from '../loading.ts';
import { tables } from '../tables.ts';
import { connectClient } from './connect.ts';

/** As long as this table is there, `colloquy migrate` is filling the database. */
export const moveTable = 'move_from_sqlite';
/** As long as this table is there, a backup was to be put into the database, and is not there. */
export const restoreTable = 'restore_from_backup';

/** What asks PostgreSQL: a client of `pg`, or a connection of ours. */
export interface Asking {
  query(sql: string, values: (string | string[])[]): Promise<{ rows: object[] }>;
}

/** Whose a database is. */
export type Contents =
  /** Nothing in it has a name that we use. */
  | { kind: 'empty' }
  /** A server has made its tables in it. */
  | { kind: 'ours' }
  | { kind: 'moving' }
  /** `since`: when the restore began; ISO 8601. */
  | { kind: 'restoring'; since: string }
  /** Tables of another program stand where ours would be. */
  | { kind: 'foreign'; tables: string[] };

const ownColumns = ['number', 'name', 'date_applied'];

/** Is there a table of that name? */
export async function hasTable(connection: Asking, name: string): Promise<boolean> {
  return (await tablesAmong(connection, [name])).length > 0;
}

export async function readContents(connection: Asking): Promise<Contents> {
  const names = [...tables.map(({ name }) => name), 'migrations', moveTable, restoreTable];
  const there = await tablesAmong(connection, names);
  if (there.includes(restoreTable)) {
    const { rows } = await connection.query(`SELECT began FROM ${restoreTable}`, []);
    const { began } = rows[0] as { began: number };
    return { kind: 'restoring', since: new Date(began).toISOString() };
  }
  if (there.includes(moveTable)) return { kind: 'moving' };
  if (there.length === 0) return { kind: 'empty' };
  // Many programs have a table of that name.
  const { rows } = await connection.query(
    "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass('migrations') AND attnum > 0",
    [],
  );
  const columns = new Set((rows as { name: string }[]).map(({ name }) => name));
  return ownColumns.every((name) => columns.has(name)) ? { kind: 'ours' } : { kind: 'foreign', tables: there };
}

/** @throws StorageUnavailable when it cannot be reached */
export async function contentsOf(url: string): Promise<Contents> {
  const client = await connectClient(url, { reads: true });
  try {
    return await readContents(client);
  } finally {
    await client.end();
  }
}

/**
 * A sentence about a database that nobody can use as it is.
 *
 * @returns undefined when it is empty, or a server's
 */
export function describeObstacle(contents: Contents): string | undefined {
  switch (contents.kind) {
    case 'moving':
      return '`colloquy migrate` has begun to fill the database, and has not come to its end: run it again to go on.';
    case 'restoring':
      return unfinishedRestore('the database', contents.since);
    case 'foreign':
      return (
        `The database has tables of another program where those of Colloquy would be (${contents.tables.join(', ')}): ` +
        'name a database of its own.'
      );
    default:
      return undefined;
  }
}

/** @returns those of the names that something has */
async function tablesAmong(connection: Asking, names: string[]): Promise<string[]> {
  const { rows } = await connection.query(
    'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL',
    [names],
  );
  return (rows as { name: string }[]).map(({ name }) => name);
}
