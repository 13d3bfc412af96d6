import type { Migration } from './migration.ts';

/** Of several processes that share a database: which there are, and who is connected to which. */
export const nodes: Migration = {
  number: 12,
  name: 'nodes',
  statements: () => [
    // A process counts its row on as long as it lives. There is no time in it: clocks differ.
    `CREATE TABLE nodes (
      node TEXT PRIMARY KEY,
      beat BIGINT NOT NULL
    )`,
    `CREATE TABLE connected_users (
      user_sid TEXT NOT NULL,
      node TEXT NOT NULL,
      PRIMARY KEY (user_sid, node)
    )`,
    'CREATE INDEX connected_users_by_node ON connected_users (node, user_sid)',
  ],
};
