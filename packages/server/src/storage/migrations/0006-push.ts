import type { Migration } from './migration.ts';

/** Credentials of push services, devices to notify, and of what a service notifies. */
export const push: Migration = {
  number: 6,
  name: 'push',
  statements: () => [
    `CREATE TABLE push_credentials (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      friendly_name TEXT,
      type TEXT NOT NULL,
      sandbox BIGINT NOT NULL,
      secret TEXT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE INDEX push_credentials_by_account ON push_credentials (account_sid, sid)',

    `CREATE TABLE push_bindings (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      service_sid TEXT NOT NULL,
      user_sid TEXT NOT NULL,
      identity TEXT NOT NULL,
      credential_sid TEXT NOT NULL,
      binding_type TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      message_types TEXT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL,
      UNIQUE (service_sid, binding_type, endpoint)
    )`,
    'CREATE INDEX push_bindings_by_service ON push_bindings (service_sid, sid)',
    'CREATE INDEX push_bindings_by_identity ON push_bindings (service_sid, identity, sid)',
    'CREATE INDEX push_bindings_by_user ON push_bindings (user_sid, sid)',
    'CREATE INDEX push_bindings_by_credential ON push_bindings (credential_sid)',

    // No row: nothing of it was ever set, and everything is off.
    `CREATE TABLE push_settings (
      service_sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      log_enabled BIGINT NOT NULL,
      new_message_enabled BIGINT NOT NULL,
      new_message_template TEXT,
      new_message_sound TEXT,
      badge_count_enabled BIGINT NOT NULL,
      with_media_enabled BIGINT NOT NULL,
      with_media_template TEXT,
      added_enabled BIGINT NOT NULL,
      added_template TEXT,
      added_sound TEXT,
      removed_enabled BIGINT NOT NULL,
      removed_template TEXT,
      removed_sound TEXT,
      date_updated BIGINT NOT NULL
    )`,
  ],
};
