import { type Db, prepare } from './db.ts';

const newest = prepare((sql, _p: Record<never, never>) =>
  sql.selectFrom('events').select((eb) => eb.fn.max('id').as('id')),
);

/** Id of the newest event that is there, of all streams; 0 while there is none. */
export async function newestEvent(db: Db): Promise<number> {
  return (await db.first(newest, {}))?.id ?? 0;
}
