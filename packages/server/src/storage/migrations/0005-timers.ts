import type { Migration } from './migration.ts';

export const timers: Migration = {
  number: 5,
  name: 'timers',
  statements: () => [],
};
