import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runBatch } from '../../core/batch.ts';
import { defineCommand } from '../../core/command.ts';
import { refuse } from '../../core/refusal.ts';
import type { Transaction } from '../../core/transaction.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { prepare } from '../db.ts';
import type { Call } from '../driver.ts';
import { migrate } from '../migrate.ts';
import { wasCommitted } from './commits.ts';
import { connectClient, connectWriter } from './connect.ts';
import type { PostgresConnection } from './connection.ts';
import { dbOver } from './db-over.ts';
import { postgresWords } from './schema-words.ts';

const programs = findPostgres();
const insertSweep = prepare((sql, p: { stream: string }) =>
  sql.insertInto('sweeps').values({ stream: p.stream, date_created: 0 }),
);

describe.skipIf(programs === undefined)('Transactions on PostgreSQL', () => {
  let postgres: RunningPostgres;
  let url: string;
  let connection: PostgresConnection;
  let other: PostgresConnection;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());
  beforeEach(async () => {
    url = await postgres.create();
    connection = await connectWriter(url);
    other = await connectWriter(url);
    await migrate(other, postgresWords, 0);
  });
  afterEach(() => Promise.all([connection.close(), other.close()]));

  const insert = (stream: string) =>
    connection.query('INSERT INTO sweeps (stream, date_created) VALUES ($1, 0)', [stream]);
  const stored = async () => {
    const { rows } = await other.query<{ stream: string }>('SELECT stream FROM sweeps ORDER BY stream', []);
    return rows.map(({ stream }) => stream);
  };
  const run = (work: (tx: Transaction, name: string) => Promise<unknown>, ...names: string[]) => {
    const command = defineCommand({
      name: 'try',
      orderKey: () => '',
      run: (tx, _actor, { name }: { name: string }) => work(tx, name),
    });
    const calls = names.map((name): Call => ({ command: 'try', actor: {}, input: { name }, now: 0 }));
    return runBatch(connection, dbOver(connection), () => command, calls);
  };
  const sweep = (tx: Transaction, stream: string) => tx.run(insertSweep, { stream });

  test('What went back to a savepoint is gone, be it the first one or another, and all else is there.', async () => {
    await connection.begin();
    for (const [stream, stays] of [
      ['a', false],
      ['b', true],
      ['c', false],
      ['d', true],
    ] as const) {
      await connection.savepoint();
      await insert(stream);
      await (stays ? connection.release() : connection.rollbackToSavepoint());
    }
    await connection.commit();
    expect(await stored()).toEqual(['b', 'd']);
  });

  test('What was done before the first savepoint stays when that is gone back to.', async () => {
    await connection.begin();
    await insert('before');
    await connection.savepoint();
    await insert('after');
    await connection.rollbackToSavepoint();
    await connection.commit();
    expect(await stored()).toEqual(['before']);
  });

  test('The locks of a transaction are held to its end, also when its first savepoint was gone back to.', async () => {
    const isFree = async () => {
      const { rows } = await other.query<{ free: number }>('SELECT pg_try_advisory_xact_lock(7) AS free', []);
      return rows[0]?.free;
    };
    connection.lockAtBegin(['7']);
    await connection.begin();
    await connection.savepoint();
    await insert('a');
    await connection.rollbackToSavepoint();
    await connection.query('SELECT 1', []);
    expect(await isFree()).toBe(0);
    await connection.commit();
    expect(await isFree()).toBe(1);
  });

  test.each([true, false])(
    'A call whose writing fails that nobody waited for fails for that reason, and the others commit (it asks for more: %s).',
    async (asks) => {
      let runs = 0;
      const work = async (tx: Transaction, name: string) => {
        tx.later(sweep(tx, name));
        if (name !== 'twice') return;
        runs += 1;
        tx.later(sweep(tx, name));
        // Refused by PostgreSQL, since the transaction has failed by then.
        if (asks) await tx.sql.selectFrom('sweeps').selectAll().execute();
      };
      const { outcomes } = await run(work, 'one', 'twice', 'three');
      expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
      expect(outcomes[1]).toMatchObject({ fault: expect.stringContaining('duplicate key') });
      // As with every other double: somebody else might have been quicker.
      expect(runs).toBe(2);
      expect(await stored()).toEqual(['one', 'three']);
    },
  );

  test('A transaction is known by what it noted, since after a crash its number may be that of another one.', async () => {
    const noting = await connectWriter(url, { notes: true });
    for (const stream of ['a', 'b']) {
      await noting.begin();
      await noting.query('INSERT INTO sweeps (stream, date_created) VALUES ($1, 0)', [stream]);
      const { rows } = await noting.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid', []);
      await noting.commit();
      const [noted] = (await other.query<{ connection: string; last: number }>('SELECT * FROM commits', [])).rows;
      const commit = {
        transaction: String(rows[0]?.xid),
        connection: String(noted?.connection),
        count: Number(noted?.last),
      };
      const ask = (other: Partial<typeof commit>) => wasCommitted(() => connectClient(url), { ...commit, ...other });
      expect(await ask({})).toBe(true);
      expect(await ask({ count: commit.count + 1 })).toBe(false);
      expect(await ask({ connection: 'lost with the crash' })).toBe(false);
    }
    await noting.close();
  });

  test('A call that is refused takes with it what it wrote without waiting.', async () => {
    const { outcomes } = await run(
      async (tx, name) => {
        tx.later(sweep(tx, name));
        if (name === 'never') throw refuse(20403);
      },
      'never',
      'one',
    );
    expect(outcomes).toMatchObject([{ ok: false, refusal: { code: 20403 } }, { ok: true }]);
    expect(await stored()).toEqual(['one']);
  });
});
