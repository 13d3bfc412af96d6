import type { Migration } from './migration.ts';

/** By what servers that share the database recognise that they have the same secrets: not the secrets themselves. */
export const serverKeys: Migration = {
  number: 14,
  name: 'server keys',
  statements: () => ['CREATE TABLE server_keys (name TEXT PRIMARY KEY, digest TEXT NOT NULL)'],
};
