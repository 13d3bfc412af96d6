import { connectClient } from './connect.ts';

/** @throws StorageUnavailable when the database cannot be reached, or will not have us */
export async function requireReachable(url: string): Promise<void> {
  const client = await connectClient(url);
  await client.end();
}
