import { connectClient } from './connect.ts';

/** Has no server made its tables in the database yet? @throws StorageUnavailable when it cannot be reached */
export async function isEmpty(url: string): Promise<boolean> {
  const client = await connectClient(url);
  try {
    const { rows } = await client.query("SELECT to_regclass('migrations') IS NULL AS empty");
    return rows[0]?.empty === 1;
  } finally {
    await client.end();
  }
}
