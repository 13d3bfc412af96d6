import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRest } from '../../testing/open-rest.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { connectWriter } from './connect.ts';
import { holdForRestoring, holdForStarting } from './holding.ts';

const programs = findPostgres();

describe.skipIf(programs === undefined)('While a backup is put into PostgreSQL', () => {
  let postgres: RunningPostgres;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());

  test('no server starts on it, and no other backup is put there.', async () => {
    const databaseUrl = await postgres.create();
    const release = await holdForRestoring(databaseUrl);
    await expect(openRest({ databaseUrl })).rejects.toThrow('Start the server when that has ended');
    expect(await holdForRestoring(databaseUrl)).toBeUndefined();
    await release?.();
    const at = await openRest({ databaseUrl });
    expect((await at.ask('GET', '/ready')).status).toBe(200);
    await at.discard();
  });

  test('none is begun while servers are starting, of which there may be several.', async () => {
    const url = await postgres.create();
    const starting = [await connectWriter(url), await connectWriter(url)];
    for (const connection of starting) expect(await holdForStarting(connection)).toBe(true);
    expect(await holdForRestoring(url)).toBeUndefined();
    await starting[0]?.close();
    expect(await holdForRestoring(url)).toBeUndefined();
    await starting[1]?.close();
    const release = await holdForRestoring(url);
    expect(release).toBeDefined();
    await release?.();
  });
});
