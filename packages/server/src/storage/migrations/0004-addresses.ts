import type { Migration } from './migration.ts';

export const addresses: Migration = {
  number: 4,
  name: 'addresses',
  statements: () => [
    `CREATE TABLE address_configurations (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      type TEXT NOT NULL,
      address TEXT NOT NULL,
      friendly_name TEXT,
      address_country TEXT,
      auto_enabled BIGINT NOT NULL,
      auto_type TEXT NOT NULL,
      auto_service_sid TEXT,
      webhook_url TEXT,
      webhook_method TEXT NOT NULL,
      webhook_filters TEXT NOT NULL,
      studio_flow_sid TEXT,
      studio_retry_count BIGINT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL,
      UNIQUE (account_sid, address)
    )`,
    'CREATE INDEX address_configurations_by_account ON address_configurations (account_sid, sid)',

    // A set of numbers is taken while a row is here; it goes when the group changes or the conversation closes.
    `CREATE TABLE group_conversations (
      account_sid TEXT NOT NULL,
      numbers TEXT NOT NULL,
      conversation_sid TEXT NOT NULL,
      PRIMARY KEY (account_sid, numbers)
    )`,
    'CREATE UNIQUE INDEX group_conversations_by_sid ON group_conversations (conversation_sid)',

    // Only of participants by e-mail.
    'ALTER TABLE participants ADD COLUMN binding_level TEXT',
    'ALTER TABLE participants ADD COLUMN binding_name TEXT',

    // Who else a group text written on a phone went to, as a JSON array.
    "ALTER TABLE sandbox_messages ADD COLUMN others TEXT NOT NULL DEFAULT '[]'",
  ],
};
