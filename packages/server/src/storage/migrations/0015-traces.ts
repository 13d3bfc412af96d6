import type { Migration } from './migration.ts';

/** Work of the outbox belongs to the trace of the request that it came from, whoever does it and when. */
export const traces: Migration = {
  number: 15,
  name: 'traces',
  statements: () => ['ALTER TABLE outbox ADD COLUMN trace TEXT'],
};
