import { ensureEpoch } from '../epoch.ts';
import { awaitMove } from './awaited-move.ts';
import { connectWriter } from './connect.ts';
import { describeObstacle, readContents } from './contents.ts';
import { dbOver } from './db-over.ts';
import { holdForStarting } from './holding.ts';
import { readOrigin } from './origin.ts';
import { updateSchema } from './schema-update.ts';

const beingRestored =
  'A backup is being put into the database by `colloquy restore`. Start the server when that has ended; if nothing is ' +
  'to be restored, end that program first.';

export interface Prepared {
  /** Of its log. */
  epoch: number;
  /** Where that is; undefined where the database does not say. */
  origin: string | undefined;
}

/**
 * Makes the tables of a server in a database, or brings them up to date, when nobody is filling it with other data.
 *
 * @param onWait told in a sentence what it waits for, if it has to
 * @throws StorageUnavailable when it cannot be reached
 * @throws Error when no server can use it as it is
 */
export async function prepareDatabase(url: string, now: number, onWait: (sentence: string) => void): Promise<Prepared> {
  // Its end lets go of the database, too.
  const connection = await connectWriter(url, { patient: true });
  try {
    if (!(await holdForStarting(connection))) throw new Error(beingRestored);
    await awaitMove(connection, onWait);
    const obstacle = describeObstacle(await readContents(connection));
    if (obstacle !== undefined) throw new Error(obstacle);
    await updateSchema(connection, now, onWait);
    const origin = await readOrigin((sql) => connection.first(sql, []));
    return { epoch: await ensureEpoch(dbOver(connection), origin), origin };
  } finally {
    await connection.close();
  }
}
