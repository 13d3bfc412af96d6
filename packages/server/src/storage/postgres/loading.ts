import type { Loading } from '../loading.ts';
import { migrateWithin } from '../migrate.ts';
import { tables } from '../tables.ts';
import { connectWriter } from './connect.ts';
import type { PostgresConnection } from './connection.ts';
import { readContents, restoreTable } from './contents.ts';
import { dbOver } from './db-over.ts';
import { Inserts } from './inserts.ts';
import { postgresWords } from './schema-words.ts';
import { noticeSilence } from './settings.ts';

/**
 * Fills an empty database in one transaction, in which its tables are made as well. However it ends, they are there with
 * all their rows or not at all. A mark stands in the database meanwhile, which the same transaction takes away: where it
 * was broken off, no server takes the database for a new one.
 *
 * @param url of one that is empty but for such a mark, perhaps
 * @param schema number of the newest migration to make
 * @throws StorageUnavailable when it cannot be reached
 */
export async function openPostgresLoading(url: string, schema: number, now: number): Promise<Loading> {
  // Between two of its statements, files are copied for as long as that takes.
  const connection = await connectWriter(url, { patient: true });
  const inserts = new Inserts(connection);
  let session: Session | undefined;
  const abandon = async () => {
    await connection.rollback();
    await connection.close();
    if (session) await removeMark(url, session);
  };
  try {
    await connection.query(noticeSilence, []);
    session = await mark(connection, now);
    await connection.begin();
    await migrateWithin(connection, postgresWords, now, schema);
  } catch (error) {
    await abandon().catch(() => {});
    throw error;
  }
  return {
    db: dbOver(connection),
    insert: async (table, rows) => void (await inserts.insert(table, rows)),
    finish: async () => {
      for (const table of tables) if (table.serial) await inserts.moveSerial(table);
      await connection.query(`DROP TABLE ${restoreTable}`, []);
      // Until PostgreSQL has learnt what there is, it reads whole tables for a row.
      await connection.query('ANALYZE', []);
      await connection.commit();
      await connection.close();
    },
    abandon,
  };
}

interface Session {
  pid: number;
  began: string;
}

async function mark(connection: PostgresConnection, now: number): Promise<Session | undefined> {
  const session = await connection.first<Session>(
    'SELECT pid, backend_start::text AS began FROM pg_stat_activity WHERE pid = pg_backend_pid()',
    [],
  );
  await connection.begin();
  await connection.query(`CREATE TABLE IF NOT EXISTS ${restoreTable} (began BIGINT NOT NULL)`, []);
  await connection.query(`DELETE FROM ${restoreTable}`, []);
  await connection.query(`INSERT INTO ${restoreTable} VALUES ($1)`, [now]);
  await connection.commit();
  return session;
}

/**
 * By another connection, since the first one may be what broke.
 *
 * @param session of that; where only this end knows that it broke, it still holds the table
 */
async function removeMark(url: string, session: Session): Promise<void> {
  const connection = await connectWriter(url, { patient: true });
  try {
    await connection.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2',
      [session.pid, session.began],
    );
    const { kind } = await readContents(connection);
    // Asked to commit, it did, and nobody has said so.
    if (kind === 'ours') throw new Error('all of it is in the database after all, and a server can start on it');
    await connection.query(`DROP TABLE IF EXISTS ${restoreTable}`, []);
  } finally {
    await connection.close();
  }
}
