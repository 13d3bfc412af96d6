import type { Migration } from './migration.ts';

export const content: Migration = {
  number: 7,
  name: 'content',
  statements: () => [],
};
