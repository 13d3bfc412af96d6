import { connectClient } from './connect.ts';

/** "clqz", as a lock of its own. */
const lock = '1668050298';

export type Release = () => Promise<void>;

/**
 * Holds a database for a backup that is put into it: meanwhile no server starts on it. A process that dies lets go.
 *
 * @returns undefined: a server is just starting on it, or another backup is being put into it
 * @throws StorageUnavailable when it cannot be reached
 */
export function holdForRestoring(url: string): Promise<Release | undefined> {
  return hold(url, 'pg_try_advisory_lock');
}

/**
 * Holds a database until a server has made its tables, against a backup that finds it empty and is put into it.
 *
 * @returns undefined: a backup is being put into it
 * @throws StorageUnavailable when it cannot be reached
 */
export function holdForStarting(url: string): Promise<Release | undefined> {
  return hold(url, 'pg_try_advisory_lock_shared');
}

async function hold(url: string, take: string): Promise<Release | undefined> {
  const client = await connectClient(url, { patient: true });
  try {
    const { rows } = await client.query(`SELECT ${take}(${lock}) AS taken`);
    if (rows[0]?.taken === 1) return () => client.end();
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  await client.end();
  return undefined;
}
