/** How many messages a user has not read, in each of his conversations, without counting what is far from his horizon. */
import { type RawBuilder, sql } from 'kysely';
import { type Db, evened, prepareText } from '../../storage/db.ts';
import { blockSize } from './removal-counts.ts';

const of = sql.raw('WHERE conversation_sid = conversations.sid');
const end = sql.raw(`(horizon / ${blockSize} + 1) * ${blockSize}`);

/** As `countMessagesAfter` counts them, and all messages where there is no horizon: what was never read is unread. */
const unread = sql<number>`CASE
  WHEN horizon IS NULL THEN message_count
  WHEN horizon >= next_index - 1 THEN 0
  WHEN message_count = next_index THEN next_index - 1 - horizon
  WHEN next_index - message_count = (SELECT SUM(removed) FROM removal_counts ${of}) THEN
    (SELECT COUNT(*) FROM messages ${of} AND idx > horizon AND idx < ${end})
    + CASE WHEN next_index > ${end} THEN next_index - ${end} ELSE 0 END
    - (SELECT COALESCE(SUM(removed), 0) FROM removal_counts ${of} AND block > horizon / ${sql.lit(blockSize)})
  ELSE (SELECT COUNT(*) FROM messages ${of} AND idx > horizon)
END`;

/** @param which a condition on the participants */
const conversations = (which: RawBuilder<unknown>) => sql`
  FROM (
    SELECT conversation_sid AS sid, last_read_message_index AS horizon FROM participants WHERE ${which}
  ) AS own
  INNER JOIN conversations ON conversations.sid = own.sid`;

export interface Unread {
  conversation: string;
  unread: number;
}

const unreadOf = prepareText(
  (p: { user: string }) =>
    sql<Unread>`SELECT own.sid AS conversation, ${unread} AS unread ${conversations(sql`user_sid = ${p.user}`)}`,
);

/** Of all his conversations. */
export function selectUnread(db: Db, user: string): Promise<Unread[]> {
  return db.all(unreadOf, { user });
}

/** Of those among some that he is in. */
export async function selectUnreadIn(db: Db, user: string, some: readonly string[]): Promise<Unread[]> {
  if (some.length === 0) return [];
  const which = sql`user_sid = ${user} AND conversation_sid IN (${sql.join(evened(some))})`;
  const found = sql<Unread>`SELECT own.sid AS conversation, ${unread} AS unread ${conversations(which)}`;
  return (await found.execute(db.sql)).rows;
}
