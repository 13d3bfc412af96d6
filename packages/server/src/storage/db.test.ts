import { PostgresAdapter, PostgresQueryCompiler } from 'kysely';
import { expect, test } from 'vitest';
import { selectStreamHeads } from '../core/streams.ts';
import type { Connection } from './connection.ts';
import { Db, prepare, prepareLocking } from './db.ts';
import { kyselyOver } from './kysely-dialect.ts';

/** A connection that remembers what it was asked. */
function listening() {
  const asked: { sql: string; values: readonly unknown[] }[] = [];
  const connection: Connection = {
    query: async (sql, values) => {
      asked.push({ sql, values });
      return { rows: [], changes: 0 };
    },
    first: async (sql, values) => {
      asked.push({ sql, values });
      return undefined;
    },
  };
  const parts = { adapter: () => new PostgresAdapter(), compiler: () => new PostgresQueryCompiler() };
  return { asked, connection, sql: kyselyOver(connection, parts) };
}

const locked = prepareLocking((sql, p: { sid: string }) =>
  sql.selectFrom('users').select('identity').where('sid', '=', p.sid),
);
const plain = prepare((sql, p: { sid: string; head: number }) =>
  sql.updateTable('users').set({ head: p.head, position: 7 }).where('sid', '=', p.sid),
);

test('What a command decides by is locked in a transaction of a database with row locks, and read freely elsewhere.', async () => {
  const { asked, connection, sql } = listening();
  await new Db(connection, sql, true).first(locked, { sid: 'US1' });
  await new Db(connection, sql, false).all(locked, { sid: 'US1' });
  const select = 'select "identity" from "users" where "sid" = $1';
  expect(asked).toEqual([
    { sql: `${select} for update`, values: ['US1'] },
    { sql: select, values: ['US1'] },
  ]);
});

test('Parameters go where the statement has them, whatever their order, and constants stay.', async () => {
  const { asked, connection, sql } = listening();
  await new Db(connection, sql).run(plain, { sid: 'US1', head: 3 });
  expect(asked[0]?.values).toEqual([3, 7, 'US1']);
});

test('Of lists of any length few statements are made.', async () => {
  const { asked, connection, sql } = listening();
  const db = new Db(connection, sql);
  const streams = Array.from({ length: 200 }, (_, n) => `CH${n}`);
  for (let length = 1; length <= 200; length += 1) await selectStreamHeads(db, streams.slice(0, length));
  expect(new Set(asked.map((one) => one.sql)).size).toBe(9);
  for (const [at, { values }] of asked.entries()) expect(new Set(values)).toEqual(new Set(streams.slice(0, at + 1)));
});
