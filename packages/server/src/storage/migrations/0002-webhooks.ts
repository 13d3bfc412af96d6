import type { Migration } from './migration.ts';

export const webhooks: Migration = {
  number: 2,
  name: 'webhooks',
  statements: () => [
    `CREATE TABLE webhook_configurations (
      owner TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      target TEXT NOT NULL,
      pre_url TEXT,
      post_url TEXT,
      method TEXT,
      filters TEXT
    )`,

    `CREATE TABLE conversation_webhooks (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      service_sid TEXT NOT NULL,
      conversation_sid TEXT NOT NULL,
      target TEXT NOT NULL,
      url TEXT,
      method TEXT NOT NULL,
      filters TEXT,
      triggers TEXT,
      flow_sid TEXT,
      replay_after BIGINT,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE INDEX conversation_webhooks_by_conversation ON conversation_webhooks (conversation_sid, sid)',

    `CREATE TABLE webhook_deliveries (
      id TEXT PRIMARY KEY,
      target TEXT NOT NULL,
      service_sid TEXT NOT NULL,
      conversation_sid TEXT,
      event_id TEXT NOT NULL,
      event TEXT NOT NULL,
      url TEXT NOT NULL,
      method TEXT NOT NULL,
      parameters TEXT NOT NULL,
      state TEXT NOT NULL,
      attempts BIGINT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE INDEX webhook_deliveries_by_conversation ON webhook_deliveries (conversation_sid, id)',
    'CREATE INDEX webhook_deliveries_by_target ON webhook_deliveries (target, id)',
    // The log is read by id, newest first, and cleared by age.
    'CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (state, id)',
    'CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (state, date_updated)',

    `CREATE TABLE webhook_attempts (
      delivery_id TEXT NOT NULL,
      number BIGINT NOT NULL,
      url TEXT NOT NULL,
      method TEXT NOT NULL,
      retry_count BIGINT NOT NULL,
      status BIGINT,
      answer TEXT,
      error TEXT,
      duration BIGINT,
      date_created BIGINT NOT NULL,
      PRIMARY KEY (delivery_id, number)
    )`,
  ],
};
