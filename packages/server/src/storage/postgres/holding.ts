import { connectWriter } from './connect.ts';
import type { PostgresConnection } from './connection.ts';
import { restoreKey } from './lock-keys.ts';
import { noticeSilence } from './settings.ts';

export type Release = () => Promise<void>;

/**
 * Holds a database for a backup that is put into it: meanwhile no server starts on it. A process that dies lets go.
 *
 * @returns undefined: a server is just starting on it, or another backup is being put into it
 * @throws StorageUnavailable when it cannot be reached
 */
export async function holdForRestoring(url: string): Promise<Release | undefined> {
  const connection = await connectWriter(url, { patient: true });
  try {
    await connection.query(noticeSilence, []);
    if (await take(connection, 'pg_try_advisory_lock')) return () => connection.close();
  } catch (error) {
    await connection.close();
    throw error;
  }
  await connection.close();
  return undefined;
}

/**
 * Holds a database until a server has made its tables, against a backup that finds it empty and is put into it. It ends
 * with the connection.
 *
 * @returns false: a backup is being put into it
 */
export function holdForStarting(connection: PostgresConnection): Promise<boolean> {
  return take(connection, 'pg_try_advisory_lock_shared');
}

async function take(connection: PostgresConnection, how: string): Promise<boolean> {
  return (await connection.first<{ taken: number }>(`SELECT ${how}(${restoreKey}) AS taken`, []))?.taken === 1;
}
