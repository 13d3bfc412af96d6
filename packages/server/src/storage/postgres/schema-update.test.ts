import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { connectClient } from './connect.ts';
import { isEmpty } from './has-table.ts';
import { migrationLock, updateSchema } from './schema-update.ts';

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
    await other.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    let wait = () => {};
    const waiting = new Promise<void>((resolve) => {
      wait = resolve;
    });
    const told: string[] = [];
    const updated = updateSchema(url, 0, (sentence) => {
      told.push(sentence);
      wait();
    });
    await waiting;
    expect(await isEmpty(url)).toBe(true);
    await other.end();
    await updated;
    expect(await isEmpty(url)).toBe(false);
    expect(told).toEqual([expect.stringMatching(/^Another server is bringing .* up to date; this one waits/)]);
    await updateSchema(url, 0, (sentence) => told.push(sentence));
    expect(told).toHaveLength(1);
  });
});
