import { type Db, prepare, prepareLocking } from '../../storage/db.ts';
import type { MediaTable } from '../../storage/schema/media.ts';
import type { Transaction } from '../transaction.ts';

export const mediaBySid = prepareLocking((sql, p: { sid: string }) =>
  sql.selectFrom('media').selectAll().where('sid', '=', p.sid),
);

export async function insertMedia(tx: Transaction, row: MediaTable): Promise<void> {
  await tx.sql.insertInto('media').values(row).execute();
}

export async function updateMedia(tx: Transaction, row: MediaTable): Promise<void> {
  const { sid, ...rest } = row;
  await tx.sql.updateTable('media').set(rest).where('sid', '=', sid).execute();
}

/** Keeps what is not attached from going before that time. */
export async function prolongMedia(tx: Transaction, sids: readonly string[], until: number): Promise<void> {
  await tx.sql
    .updateTable('media')
    .set({ date_expires: until })
    .where('sid', 'in', sids)
    .where('message_sid', 'is', null)
    .execute();
}

/** Removes rows, and leaves their bytes to be swept up at once. */
export async function deleteMedia(tx: Transaction, sids: readonly string[]): Promise<void> {
  if (sids.length === 0) return;
  await tx.sql.deleteFrom('media').where('sid', 'in', sids).execute();
  await leaveToSweep(tx, sids);
}

/** Removes those of them that are still to expire: one may just have been attached. */
export async function deleteExpired(tx: Transaction, sids: readonly string[]): Promise<void> {
  if (sids.length === 0) return;
  const expired = tx.sql.deleteFrom('media').where('sid', 'in', sids).where('date_expires', '<=', tx.now);
  const gone = await expired.returning('sid').execute();
  await leaveToSweep(
    tx,
    gone.map(({ sid }) => sid),
  );
}

async function leaveToSweep(tx: Transaction, sids: readonly string[]): Promise<void> {
  if (sids.length === 0) return;
  const sweeps = sids.map((sid) => ({ sid, not_before: tx.now }));
  await tx.sql.insertInto('media_sweeps').values(sweeps).execute();
}

const ofMessage = prepare((sql, p: { message: string }) =>
  sql.selectFrom('media').select('sid').where('message_sid', '=', p.message),
);

export async function mediaOfMessage(db: Db, message: string): Promise<string[]> {
  return (await db.all(ofMessage, { message })).map((row) => row.sid);
}

/** What a user has uploaded and not sent: at most what came in within the time that it is kept for. */
export async function unsentMediaOf(db: Db, service: string, author: string): Promise<string[]> {
  const rows = await db.sql
    .selectFrom('media')
    .select('sid')
    .where('date_expires', 'is not', null)
    .where('service_sid', '=', service)
    .where('author', '=', author)
    .execute();
  return rows.map((row) => row.sid);
}

export async function mediaExpiredBy(db: Db, time: number, limit: number): Promise<string[]> {
  const rows = await db.sql
    .selectFrom('media')
    .select('sid')
    .where('date_expires', '<=', time)
    .orderBy('date_expires')
    .limit(limit)
    .execute();
  return rows.map((row) => row.sid);
}

export async function insertSweep(tx: Transaction, sid: string, notBefore: number): Promise<void> {
  await tx.sql.insertInto('media_sweeps').values({ sid, not_before: notBefore }).execute();
}

/** @returns whether it was there */
export async function deleteSweep(tx: Transaction, sid: string): Promise<boolean> {
  const [result] = await tx.sql.deleteFrom('media_sweeps').where('sid', '=', sid).execute();
  return (result?.numDeletedRows ?? 0n) > 0n;
}

export async function moveSweep(tx: Transaction, sid: string, notBefore: number): Promise<void> {
  await tx.sql.updateTable('media_sweeps').set({ not_before: notBefore }).where('sid', '=', sid).execute();
}

/** What the store has to forget, the oldest first. */
export async function sweepsDueBy(db: Db, time: number, limit: number): Promise<string[]> {
  const rows = await db.sql
    .selectFrom('media_sweeps')
    .select('sid')
    .where('not_before', '<=', time)
    .orderBy('not_before')
    .limit(limit)
    .execute();
  return rows.map((row) => row.sid);
}

/** When there is something to remove next; null while there is nothing. */
export async function nextRemoval(db: Db): Promise<number | null> {
  const expiry = await db.sql
    .selectFrom('media')
    .select((eb) => eb.fn.min('date_expires').as('at'))
    .executeTakeFirst();
  const sweep = await db.sql
    .selectFrom('media_sweeps')
    .select((eb) => eb.fn.min('not_before').as('at'))
    .executeTakeFirst();
  const times = [expiry?.at, sweep?.at].filter((at) => at !== null && at !== undefined);
  return times.length === 0 ? null : Math.min(...times);
}
