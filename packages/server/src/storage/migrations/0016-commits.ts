import type { Migration } from './migration.ts';

/** What each connection that writes has committed last: see `storage/postgres/commits.ts`. */
export const commits: Migration = {
  number: 16,
  name: 'commits',
  statements: () => [
    `CREATE TABLE commits (
      connection TEXT PRIMARY KEY,
      last BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
  ],
};
