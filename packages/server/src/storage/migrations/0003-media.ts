import type { Migration } from './migration.ts';

/**
 * Media are files of messages. Their bytes are in the media store, under their SIDs. What is not attached to a message
 * has a date on which it goes.
 */
export const media: Migration = {
  number: 3,
  name: 'media',
  statements: () => [
    `CREATE TABLE media (
      sid TEXT PRIMARY KEY,
      account_sid TEXT NOT NULL,
      service_sid TEXT NOT NULL,
      author TEXT NOT NULL,
      category TEXT NOT NULL,
      filename TEXT,
      content_type TEXT NOT NULL,
      size BIGINT NOT NULL,
      conversation_sid TEXT,
      message_sid TEXT,
      date_expires BIGINT,
      date_created BIGINT NOT NULL,
      date_upload_updated BIGINT NOT NULL,
      date_updated BIGINT NOT NULL
    )`,
    'CREATE INDEX media_by_message ON media (message_sid)',
    'CREATE INDEX media_by_expiry ON media (date_expires)',

    // Bytes that are in the store, or may be, without a row of media: of uploads under way, to be removed if those
    // never end; and of media that are gone.
    `CREATE TABLE media_sweeps (
      sid TEXT PRIMARY KEY,
      not_before BIGINT NOT NULL
    )`,
    'CREATE INDEX media_sweeps_by_time ON media_sweeps (not_before)',

    'ALTER TABLE messages ADD COLUMN media TEXT',
    'ALTER TABLE sandbox_messages ADD COLUMN media TEXT',
  ],
};
