import type { Migration } from './migration.ts';

/**
 * How many messages were removed, for each 1,024 indexes of a conversation, so that what is unread can be told without
 * counting messages. Servers of an earlier version that still run do not keep it: see `core/messages/removal-counts.ts`.
 */
export const removalCounts: Migration = {
  number: 17,
  name: 'removal-counts',
  statements: () => [
    `CREATE TABLE removal_counts (
      conversation_sid TEXT NOT NULL,
      block BIGINT NOT NULL,
      removed BIGINT NOT NULL,
      PRIMARY KEY (conversation_sid, block)
    )`,
    `INSERT INTO removal_counts (conversation_sid, block, removed)
      WITH RECURSIVE blocks (sid, ends, block) AS (
        SELECT sid, next_index, CAST(0 AS BIGINT) FROM conversations WHERE message_count <> next_index
        UNION ALL
        SELECT sid, ends, block + 1 FROM blocks WHERE (block + 1) * 1024 < ends
      ), counted (sid, block, removed) AS (
        SELECT sid, block,
          CASE WHEN (block + 1) * 1024 < ends THEN 1024 ELSE ends - block * 1024 END - (
            SELECT count(*) FROM messages
            WHERE conversation_sid = blocks.sid AND idx >= block * 1024 AND idx < (block + 1) * 1024
          )
        FROM blocks
      )
      SELECT sid, block, removed FROM counted WHERE removed > 0`,
  ],
};
