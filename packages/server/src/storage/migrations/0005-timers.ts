import type { Migration } from './migration.ts';

/** Timers of conversations, removals that take several transactions, and who is online. */
export const timers: Migration = {
  number: 5,
  name: 'timers',
  statements: () => [
    // Conversations without timers, which are most, cost nothing here.
    'CREATE INDEX conversations_by_date_inactive ON conversations (date_inactive, sid) WHERE date_inactive IS NOT NULL',
    'CREATE INDEX conversations_by_date_closed ON conversations (date_closed, sid) WHERE date_closed IS NOT NULL',

    // Lists by state. Most conversations are active, and theirs is the list of all.
    "CREATE INDEX conversations_by_state ON conversations (service_sid, state, date_activity, sid) WHERE state <> 'active'",

    // A role may only be deleted while nobody has it.
    'CREATE INDEX users_by_role ON users (role_sid)',
    'CREATE INDEX participants_by_role ON participants (role_sid) WHERE role_sid IS NOT NULL',

    // Streams of removed users are swept up as those of removed conversations are.
    'ALTER TABLE sweeps RENAME COLUMN conversation_sid TO stream',

    // Users whose removal has begun and is not done.
    `CREATE TABLE user_removals (
      user_sid TEXT PRIMARY KEY,
      service_sid TEXT NOT NULL,
      date_created BIGINT NOT NULL
    )`,

    // Users who were connected at least once while their service had reachability on.
    `CREATE TABLE presences (
      user_sid TEXT PRIMARY KEY,
      online BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE INDEX presences_online ON presences (user_sid) WHERE online = 1',
  ],
};
