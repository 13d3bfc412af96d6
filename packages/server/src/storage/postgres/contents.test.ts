import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Target } from '../../move/target.ts';
import { openSnapshots, type Place } from '../../operate/place.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { contentsOf } from './contents.ts';
import { prepareDatabase } from './preparing.ts';

const programs = findPostgres();

describe.skipIf(programs === undefined)('A database', () => {
  let postgres: RunningPostgres;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());

  async function holding(...statements: string[]): Promise<string> {
    const url = await postgres.create();
    const client = new pg.Client(url);
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
    return url;
  }

  test.each([
    [['CREATE TABLE migrations (id serial, migration text, batch integer)'], 'migrations'],
    [['CREATE TABLE messages (id serial)', 'CREATE TABLE users (id serial)'], 'users, messages'],
  ])('of another program is neither empty nor ours, and is named: %j.', async (statements, names) => {
    const url = await holding(...statements);
    const sentence = `The database has tables of another program where those of Colloquy would be (${names}): name a`;
    await expect(prepareDatabase(url, 0, () => {})).rejects.toThrow(sentence);
    await expect(Target.open(url, 'a move', 0)).rejects.toThrow(sentence);
    await expect(openSnapshots({ kind: 'postgres', url, database: 'x' } as Place)).rejects.toThrow(sentence);
    expect(await contentsOf(url)).toEqual({ kind: 'foreign', tables: names.split(', ') });
  });

  test('is a server’s once that has made its tables, and may have others beside them.', async () => {
    const url = await holding('CREATE TABLE invoices (id serial)');
    expect(await contentsOf(url)).toEqual({ kind: 'empty' });
    await prepareDatabase(url, 0, () => {});
    expect(await contentsOf(url)).toEqual({ kind: 'ours' });
  });

  test('is prepared over one connection.', async () => {
    const url = await holding();
    const client = new pg.Client(url);
    await client.connect();
    const sessions = async () =>
      (await client.query('SELECT sessions FROM pg_stat_database WHERE datname = current_database()')).rows[0].sessions;
    await client.query("SET stats_fetch_consistency = 'none'");
    const ended = 'SELECT count(*) AS others FROM pg_stat_activity WHERE datname = current_database()';
    const before = Number(await sessions());
    await prepareDatabase(url, 0, () => {});
    while (Number((await client.query(ended)).rows[0].others) > 1);
    expect(Number(await sessions()) - before).toBe(1);
    await client.end();
  });
});
