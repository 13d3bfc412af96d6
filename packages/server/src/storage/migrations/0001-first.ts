import type { Migration } from './migration.ts';

/**
 * The first schema. Times are integer milliseconds, flags are 0 or 1, JSON is text.
 * `position` columns hold the position of the last event that changed the row, in its stream;
 * `created_position` the one that added it. A stream's newest position is in `conversations.head` and
 * `users.head`.
 */
export const first: Migration = {
  number: 1,
  name: 'first',
  statements: ({ serial }) => [
    `CREATE TABLE accounts (
      sid TEXT PRIMARY KEY,
      default_chat_service_sid TEXT NOT NULL,
      default_messaging_service_sid TEXT NOT NULL,
      default_inactive_timer TEXT,
      default_closed_timer TEXT,
      date_created BIGINT NOT NULL
    )`,

    `CREATE TABLE services (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      friendly_name TEXT NOT NULL,
      default_conversation_creator_role_sid TEXT NOT NULL,
      default_conversation_role_sid TEXT NOT NULL,
      default_chat_service_role_sid TEXT NOT NULL,
      reachability_enabled BIGINT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE INDEX services_by_account ON services (account_sid, sid)',

    `CREATE TABLE roles (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      service_sid TEXT NOT NULL,
      friendly_name TEXT NOT NULL,
      type TEXT NOT NULL,
      permissions TEXT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE INDEX roles_by_service ON roles (service_sid, sid)',

    `CREATE TABLE users (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      service_sid TEXT NOT NULL,
      identity TEXT NOT NULL,
      friendly_name TEXT,
      attributes TEXT NOT NULL,
      role_sid TEXT NOT NULL,
      head BIGINT NOT NULL,
      position BIGINT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL,
      UNIQUE (service_sid, identity)
    )`,
    'CREATE INDEX users_by_service ON users (service_sid, sid)',

    `CREATE TABLE conversations (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      service_sid TEXT NOT NULL,
      messaging_service_sid TEXT NOT NULL,
      friendly_name TEXT,
      unique_name TEXT,
      attributes TEXT NOT NULL,
      state TEXT NOT NULL,
      date_state_updated BIGINT NOT NULL,
      inactive_timer TEXT,
      closed_timer TEXT,
      date_inactive BIGINT,
      date_closed BIGINT,
      email_address TEXT,
      email_name TEXT,
      created_by TEXT NOT NULL,
      creator_awaited BIGINT NOT NULL,
      next_index BIGINT NOT NULL,
      last_message_index BIGINT,
      last_message_date BIGINT,
      message_count BIGINT NOT NULL,
      participant_count BIGINT NOT NULL,
      non_chat_count BIGINT NOT NULL,
      date_activity BIGINT NOT NULL,
      head BIGINT NOT NULL,
      position BIGINT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL,
      UNIQUE (service_sid, unique_name)
    )`,
    'CREATE INDEX conversations_by_activity ON conversations (service_sid, date_activity, sid)',
    'CREATE INDEX conversations_by_creation ON conversations (service_sid, date_created, sid)',

    `CREATE TABLE participants (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      service_sid TEXT NOT NULL,
      conversation_sid TEXT NOT NULL,
      identity TEXT,
      user_sid TEXT,
      type TEXT NOT NULL,
      address TEXT,
      proxy_address TEXT,
      projected_address TEXT,
      attributes TEXT NOT NULL,
      role_sid TEXT,
      notification_level TEXT NOT NULL,
      last_read_message_index BIGINT,
      last_read_timestamp BIGINT,
      created_position BIGINT NOT NULL,
      position BIGINT NOT NULL,
      membership_position BIGINT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL,
      UNIQUE (conversation_sid, identity)
    )`,
    'CREATE INDEX participants_by_conversation ON participants (conversation_sid, sid)',
    'CREATE INDEX participants_by_user ON participants (user_sid, conversation_sid)',
    'CREATE INDEX participants_by_address ON participants (service_sid, address, conversation_sid)',

    // The pair is taken while a row is here; it goes when the participant goes or the conversation closes.
    `CREATE TABLE bindings (
      account_sid TEXT NOT NULL,
      proxy_address TEXT NOT NULL,
      address TEXT NOT NULL,
      conversation_sid TEXT NOT NULL,
      participant_sid TEXT NOT NULL,
      PRIMARY KEY (account_sid, proxy_address, address)
    )`,
    'CREATE INDEX bindings_by_conversation ON bindings (conversation_sid)',

    `CREATE TABLE messages (
      conversation_sid TEXT NOT NULL,
      idx BIGINT NOT NULL,
      sid TEXT NOT NULL,
      author TEXT NOT NULL,
      body TEXT,
      subject TEXT,
      attributes TEXT NOT NULL,
      participant_sid TEXT,
      content_sid TEXT,
      last_updated_by TEXT,
      receipt_count BIGINT NOT NULL,
      delivery TEXT,
      created_position BIGINT NOT NULL,
      position BIGINT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL,
      PRIMARY KEY (conversation_sid, idx)
    )`,
    'CREATE UNIQUE INDEX messages_by_sid ON messages (sid)',

    // Removed conversations whose messages and events still have to go, a piece at a time.
    `CREATE TABLE sweeps (
      conversation_sid TEXT PRIMARY KEY,
      date_created BIGINT NOT NULL
    )`,

    `CREATE TABLE receipts (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      conversation_sid TEXT NOT NULL,
      message_sid TEXT NOT NULL,
      message_index BIGINT NOT NULL,
      participant_sid TEXT NOT NULL,
      delivery_id TEXT NOT NULL,
      channel_message_sid TEXT,
      status TEXT,
      error_code BIGINT NOT NULL,
      created_position BIGINT NOT NULL,
      position BIGINT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE INDEX receipts_by_message ON receipts (message_sid, sid)',
    'CREATE INDEX receipts_by_channel_message ON receipts (channel_message_sid)',

    `CREATE TABLE events (
      id ${serial},
      stream TEXT NOT NULL,
      position BIGINT NOT NULL,
      type TEXT NOT NULL,
      time BIGINT NOT NULL,
      data TEXT NOT NULL
    )`,
    'CREATE UNIQUE INDEX events_by_stream ON events (stream, position)',

    // Work that has to be done outside the transaction that caused it. A lane is done strictly in order; what is
    // done goes, so a lane holds what is open and what has failed for good.
    `CREATE TABLE outbox (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      lane TEXT NOT NULL,
      seq BIGINT NOT NULL,
      payload TEXT NOT NULL,
      state TEXT NOT NULL,
      attempt BIGINT NOT NULL,
      not_before BIGINT NOT NULL,
      lease TEXT,
      lease_until BIGINT,
      last_error TEXT,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE UNIQUE INDEX outbox_by_lane ON outbox (lane, seq)',
    'CREATE INDEX outbox_by_state ON outbox (kind, state, not_before)',

    `CREATE TABLE inbound_events (
      sender TEXT NOT NULL,
      event_id TEXT NOT NULL,
      payload TEXT NOT NULL,
      outcome TEXT NOT NULL,
      reason TEXT,
      provider_id TEXT,
      conversation_sid TEXT,
      message_sid TEXT,
      date_created BIGINT NOT NULL,
      PRIMARY KEY (sender, event_id)
    )`,
    'CREATE INDEX inbound_events_by_outcome ON inbound_events (outcome, date_created)',
    'CREATE INDEX inbound_events_by_provider_id ON inbound_events (provider_id)',

    `CREATE TABLE idempotency (
      scope TEXT NOT NULL,
      key TEXT NOT NULL,
      command TEXT NOT NULL,
      input TEXT NOT NULL,
      result TEXT NOT NULL,
      date_created BIGINT NOT NULL,
      PRIMARY KEY (scope, key)
    )`,
    'CREATE INDEX idempotency_by_date ON idempotency (date_created)',

    `CREATE TABLE sandbox_messages (
      id ${serial},
      phone TEXT NOT NULL,
      direction TEXT NOT NULL,
      sender TEXT NOT NULL,
      recipient TEXT NOT NULL,
      body TEXT NOT NULL,
      key TEXT,
      provider_id TEXT NOT NULL,
      status TEXT NOT NULL,
      error_code BIGINT NOT NULL,
      next_status TEXT,
      next_at BIGINT,
      date_created BIGINT NOT NULL
    )`,
    'CREATE INDEX sandbox_messages_by_phone ON sandbox_messages (phone, id)',
    'CREATE UNIQUE INDEX sandbox_messages_by_key ON sandbox_messages (phone, direction, key)',
    'CREATE INDEX sandbox_messages_by_next ON sandbox_messages (next_at)',

    `CREATE TABLE sandbox_faults (
      id ${serial},
      phone TEXT NOT NULL,
      kind TEXT NOT NULL,
      remaining BIGINT NOT NULL,
      delay_ms BIGINT NOT NULL,
      error_code BIGINT NOT NULL
    )`,
    'CREATE INDEX sandbox_faults_by_phone ON sandbox_faults (phone, id)',
  ],
};
