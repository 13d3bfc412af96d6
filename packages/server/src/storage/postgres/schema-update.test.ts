import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { connectClient, connectWriter } from './connect.ts';
import { contentsOf } from './contents.ts';
import { migrationKey } from './lock-keys.ts';
import { updateSchema } from './schema-update.ts';

const programs = findPostgres();

describe.skipIf(programs === undefined)('The schema of a database', () => {
  let postgres: RunningPostgres;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());

  test('is brought up to date by one server at a time, and who waits says so.', async () => {
    const url = await postgres.create();
    const other = await connectClient(url);
    await other.query('SELECT pg_advisory_lock($1)', [migrationKey]);
    let wait = () => {};
    const waiting = new Promise<void>((resolve) => {
      wait = resolve;
    });
    const told: string[] = [];
    const connection = await connectWriter(url, { patient: true });
    const updated = updateSchema(connection, 0, (sentence) => {
      told.push(sentence);
      wait();
    });
    await waiting;
    expect(await contentsOf(url)).toEqual({ kind: 'empty' });
    await other.end();
    await updated;
    expect(await contentsOf(url)).toEqual({ kind: 'ours' });
    expect(told).toEqual([expect.stringMatching(/^Another server is bringing .* up to date; this one waits/)]);
    await updateSchema(connection, 0, (sentence) => told.push(sentence));
    expect(told).toHaveLength(1);
    await connection.close();
  });
});
