import type { Migration } from './migration.ts';

export const addresses: Migration = {
  number: 4,
  name: 'addresses',
  statements: () => [],
};
