import type { Migration } from './migration.ts';

export const media: Migration = {
  number: 3,
  name: 'media',
  statements: () => [],
};
