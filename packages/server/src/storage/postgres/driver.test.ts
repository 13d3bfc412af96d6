import { afterAll, beforeAll, describe } from 'vitest';
import { openCore } from '../../testing/open-core.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../../testing/run-postgres.ts';
import { describeDriver } from '../conformance.ts';

const programs = findPostgres();

describe.skipIf(programs === undefined)('With a PostgreSQL of its own', () => {
  let postgres: RunningPostgres;
  beforeAll(async () => {
    postgres = await runPostgres(programs as string, { fsync: 'off' });
  });
  afterAll(() => postgres.discard());

  describeDriver({
    name: 'PostgreSQL',
    open: async (directory) => openCore({ directory: directory ?? (await postgres.create()) }),
  });
});
