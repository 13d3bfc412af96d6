import { afterAll, beforeAll, describe } from 'vitest';
import { openCore } from '../../testing/open-core.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { describeDriver } from '../conformance.ts';

const programs = findPostgres();

describe.skipIf(programs === undefined)('With a PostgreSQL of its own', () => {
  let postgres: RunningPostgres;
  const databases = new Map<string, string>();
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());

  describeDriver({
    name: 'PostgreSQL',
    open: async (directory) => {
      const databaseUrl = databases.get(directory ?? '') ?? (await postgres.create());
      const at = await openCore({ ...(directory !== undefined && { directory }), databaseUrl });
      databases.set(at.directory, databaseUrl);
      return at;
    },
  });
});
