import type { Migration } from './migration.ts';

/** Which of the possible logs this one is: see `storage/epoch.ts`. One row, which every start sees to. */
export const epochs: Migration = {
  number: 18,
  name: 'epochs',
  statements: () => [
    `CREATE TABLE epochs (
      id BIGINT PRIMARY KEY,
      epoch BIGINT NOT NULL,
      origin TEXT
    )`,
  ],
};
