import type { Loading } from '../loading.ts';
import { migrate } from '../migrate.ts';
import { tables } from '../tables.ts';
import { connectWriter } from './connect.ts';
import { dbOver } from './db-over.ts';
import { Inserts } from './inserts.ts';
import { postgresWords } from './schema-words.ts';

/**
 * Fills an empty database, in one transaction. Its schema is made before.
 *
 * @param schema number of the newest migration to make
 * @throws StorageUnavailable when it cannot be reached
 */
export async function openPostgresLoading(url: string, schema: number, now: number): Promise<Loading> {
  // Between two of its statements, files are copied for as long as that takes.
  const connection = await connectWriter(url, { patient: true });
  let session: Session | undefined;
  let begun = false;
  try {
    session = await connection.first<Session>(
      'SELECT pid, backend_start::text AS began FROM pg_stat_activity WHERE pid = pg_backend_pid()',
      [],
    );
    await migrate(connection, postgresWords, now, schema);
    await connection.begin();
    begun = true;
  } finally {
    if (!begun) await connection.close();
  }
  const inserts = new Inserts(connection);
  return {
    db: dbOver(connection),
    insert: async (table, rows) => void (await inserts.insert(table, rows)),
    finish: async () => {
      for (const table of tables) if (table.serial) await inserts.moveSerial(table);
      await connection.commit();
      await connection.close();
    },
    abandon: async () => {
      await connection.rollback();
      await connection.close();
      await dropSchema(url, session);
    },
  };
}

interface Session {
  pid: number;
  began: string;
}

/**
 * Nobody has used it: it was empty when this began. By another connection, since the first one may be what broke.
 *
 * @param session of that; where only this end knows that it broke, it still holds the tables
 */
async function dropSchema(url: string, session: Session | undefined): Promise<void> {
  const connection = await connectWriter(url, { patient: true });
  try {
    await connection.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2',
      [session?.pid ?? 0, session?.began ?? ''],
    );
    const names = [...tables.map(({ name }) => name), 'migrations'];
    await connection.query(`DROP TABLE IF EXISTS ${names.join(', ')}`, []);
  } finally {
    await connection.close();
  }
}
