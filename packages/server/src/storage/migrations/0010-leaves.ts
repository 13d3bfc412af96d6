import type { Migration } from './migration.ts';

/** Which conversations a user left lately is looked up without reading whatever else was told him since. */
export const leaves: Migration = {
  number: 10,
  name: 'leaves',
  statements: () => ["CREATE INDEX events_of_leaves ON events (stream, time) WHERE type = 'membership.removed'"],
};
