import type { Migration } from './migration.ts';

/** Who was in a conversation is looked up without reading all that was ever said in it. */
export const removals: Migration = {
  number: 8,
  name: 'removals',
  statements: () => ["CREATE INDEX events_of_removals ON events (stream, position) WHERE type = 'participant.removed'"],
};
