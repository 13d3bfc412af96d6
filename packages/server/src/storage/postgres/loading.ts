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
  const connection = await connectWriter(url);
  let begun = false;
  try {
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
      // Nobody has used it: it was empty when this began.
      const names = [...tables.map(({ name }) => name), 'migrations'];
      await connection.query(`DROP TABLE IF EXISTS ${names.join(', ')}`, []).catch(() => {});
      await connection.close();
    },
  };
}
