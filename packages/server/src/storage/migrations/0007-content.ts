import type { Migration } from './migration.ts';

export const content: Migration = {
  number: 7,
  name: 'content',
  statements: () => [
    // The answer as it went out, for a repetition of its request.
    'ALTER TABLE idempotency ADD COLUMN answer TEXT',

    `CREATE TABLE content_templates (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      friendly_name TEXT,
      language TEXT NOT NULL,
      variables TEXT NOT NULL,
      types TEXT NOT NULL,
      date_created BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE INDEX content_templates_by_account ON content_templates (account_sid, sid)',

    `CREATE TABLE content_approvals (
      content_sid TEXT NOT NULL,
      channel TEXT NOT NULL,
      name TEXT NOT NULL,
      category TEXT NOT NULL,
      allow_category_change BIGINT NOT NULL,
      send_ttl_seconds BIGINT,
      date_created BIGINT NOT NULL,
      PRIMARY KEY (content_sid, channel)
    )`,

    // What a message made from a template shows beyond its text.
    'ALTER TABLE messages ADD COLUMN rich_content TEXT',
  ],
};
