import { randomInt } from 'node:crypto';
import type { Db } from './db.ts';

/** The only row. */
const id = 1;

/**
 * Which of the possible logs this one is. What was told of a log says nothing of it any more once something of it is gone
 * that somebody knows, and other events come at the same positions: after a backup was put back, or a replica has taken
 * over that did not have everything. So a new one begins then. A log that is moved to another database is still the same.
 *
 * @param origin of PostgreSQL, which is another one where a replica has taken over, or a dump was put back
 * @returns a number of five digits, by chance
 */
export async function ensureEpoch(db: Db, origin?: string): Promise<number> {
  const epoch = randomInt(10_000, 100_000);
  await db.sql
    .insertInto('epochs')
    .values({ id, epoch, origin: origin ?? null })
    .onConflict((oc) => oc.column('id').doNothing())
    .execute();
  if (origin !== undefined) {
    // Of several servers that find it so, the first one says which.
    await db.sql.updateTable('epochs').set({ epoch, origin }).where('origin', '!=', origin).execute();
    // As it was moved here.
    await db.sql.updateTable('epochs').set({ origin }).where('origin', 'is', null).execute();
  }
  return readEpoch(db);
}

/** @param db of a database that has one */
export async function readEpoch(db: Db): Promise<number> {
  return (await db.sql.selectFrom('epochs').select('epoch').executeTakeFirstOrThrow()).epoch;
}
