import type { Migration } from './migration.ts';

export const push: Migration = {
  number: 6,
  name: 'push',
  statements: () => [],
};
