import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { connectClient } from './connect.ts';
import { PostgresReader } from './reader.ts';

const programs = findPostgres();
const names = ['jit', 'max_parallel_workers_per_gather', 'random_page_cost', 'synchronous_commit'];
const shown = `SELECT name, setting FROM pg_settings WHERE name IN (${names.map((name) => `'${name}'`).join(', ')})`;

interface Setting {
  name: string;
  setting: string;
}

const settingsOf = (rows: Setting[]) => Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));

describe.skipIf(programs === undefined)('What a connection to PostgreSQL is set to', () => {
  let postgres: RunningPostgres;
  let url: string;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());
  beforeEach(async () => {
    url = await postgres.create();
  });

  async function change(statement: string): Promise<void> {
    const client = await connectClient(url);
    await client.query(statement.replaceAll('$db', new URL(url).pathname.slice(1)));
    await client.end();
  }

  async function ofWriter(): Promise<Record<string, string>> {
    const client = await connectClient(url);
    const { rows } = await client.query<Setting>(shown);
    await client.end();
    return settingsOf(rows);
  }

  async function ofReader(): Promise<Record<string, string>> {
    const reader = new PostgresReader(url);
    const { rows } = await reader.query<Setting>(shown, []);
    await reader.close();
    return settingsOf(rows);
  }

  test('suits questions for a few rows, whether it reads or writes.', async () => {
    const few = { jit: 'off', max_parallel_workers_per_gather: '0', random_page_cost: '1.1' };
    expect(await ofWriter()).toMatchObject(few);
    expect(await ofReader()).toMatchObject(few);
  });

  test('stays what the operator has set for the database, but for an answer before it is on disk.', async () => {
    await change('ALTER DATABASE $db SET random_page_cost = 2');
    await change('ALTER DATABASE $db SET jit = on');
    await change('ALTER DATABASE $db SET synchronous_commit = off');
    const own = { jit: 'on', max_parallel_workers_per_gather: '0', random_page_cost: '2' };
    expect(await ofWriter()).toEqual({ ...own, synchronous_commit: 'on' });
    expect(await ofReader()).toMatchObject(own);
  });
});
