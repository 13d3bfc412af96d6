import type { Migration } from './migration.ts';

/** Senders: own addresses at providers; and what is known of the copies of messages that go through them. */
export const senders: Migration = {
  number: 9,
  name: 'senders',
  statements: ({ serial }) => [
    `CREATE TABLE senders (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      type TEXT NOT NULL,
      friendly_name TEXT,
      config TEXT NOT NULL,
      secrets TEXT NOT NULL,
      window_hours BIGINT,
      source TEXT,
      state TEXT NOT NULL,
      reason TEXT,
      revision BIGINT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE UNIQUE INDEX senders_by_source ON senders (account_sid, source)',

    `CREATE TABLE sender_addresses (
      account_sid TEXT NOT NULL,
      address TEXT NOT NULL,
      sender_sid TEXT NOT NULL,
      PRIMARY KEY (account_sid, address)
    )`,
    'CREATE INDEX sender_addresses_by_sender ON sender_addresses (sender_sid)',

    `CREATE TABLE sender_notes (
      sender_sid TEXT NOT NULL,
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (sender_sid, name)
    )`,

    // When a person last wrote to an own address, and whether he wants to be written to.
    `CREATE TABLE correspondents (
      account_sid TEXT NOT NULL,
      proxy_address TEXT NOT NULL,
      address TEXT NOT NULL,
      last_inbound BIGINT,
      last_provider_id TEXT,
      stopped BIGINT NOT NULL,
      PRIMARY KEY (account_sid, proxy_address, address)
    )`,

    // Of deliveries that are several messages to the provider; others have all they need in their receipt.
    `CREATE TABLE delivery_pieces (
      delivery_id TEXT NOT NULL,
      piece BIGINT NOT NULL,
      pieces BIGINT NOT NULL,
      message_sid TEXT NOT NULL,
      channel_message_sid TEXT,
      status TEXT,
      error_code BIGINT NOT NULL,
      PRIMARY KEY (delivery_id, piece)
    )`,
    'CREATE INDEX delivery_pieces_by_message ON delivery_pieces (message_sid)',
    'CREATE INDEX delivery_pieces_by_channel_message ON delivery_pieces (channel_message_sid)',

    `CREATE TABLE delivery_attempts (
      id ${serial},
      receipt_sid TEXT NOT NULL,
      delivery_id TEXT NOT NULL,
      message_sid TEXT NOT NULL,
      piece BIGINT NOT NULL,
      pieces BIGINT NOT NULL,
      attempt BIGINT NOT NULL,
      channel TEXT NOT NULL,
      outcome TEXT NOT NULL,
      provider_id TEXT,
      kind TEXT,
      code TEXT,
      message TEXT,
      changes TEXT,
      repeated BIGINT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE INDEX delivery_attempts_by_message ON delivery_attempts (message_sid, id)',
    'CREATE INDEX delivery_attempts_by_receipt ON delivery_attempts (receipt_sid, id)',
    'CREATE INDEX inbound_events_by_message ON inbound_events (message_sid)',
  ],
};
