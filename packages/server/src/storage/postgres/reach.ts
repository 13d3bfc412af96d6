import { connectClient } from './connect.ts';
import { describeObstacle, readContents } from './contents.ts';

/**
 * Sees whether a server can have a database, before anything is made for it.
 *
 * @throws StorageUnavailable when the database cannot be reached, or will not have us
 * @throws Error when it is another program's
 */
export async function requireReachable(url: string): Promise<void> {
  const client = await connectClient(url);
  try {
    const contents = await readContents(client);
    // What is being put into it may be there in a moment.
    if (contents.kind === 'foreign') throw new Error(describeObstacle(contents));
  } finally {
    await client.end();
  }
}
