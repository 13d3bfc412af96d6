import type { Migration } from './migration.ts';

export const webhooks: Migration = {
  number: 2,
  name: 'webhooks',
  statements: () => [],
};
