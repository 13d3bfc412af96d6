import type { Migration } from './migration.ts';

/** Whose mail it is that comes in is looked up in all services, and in whatever letters he writes his address. */
export const mail: Migration = {
  number: 11,
  name: 'mail',
  statements: () => [
    "CREATE INDEX participants_by_mail ON participants (account_sid, lower(address)) WHERE type = 'email'",
  ],
};
