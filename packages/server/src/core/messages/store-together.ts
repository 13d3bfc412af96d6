/** Statements that several messages share, for databases that take lists. */
import { sql } from 'kysely';
import { type Db, prepareText } from '../../storage/db.ts';
import type { MessagesTable } from '../../storage/schema.ts';

/** Of one list each, by conversation. */
interface Taking {
  sids: string[];
  counts: number[];
  dates: number[];
  times: number[];
  /** Their timers begin anew. */
  inactive: (number | null)[];
  closed: (number | null)[];
}

/** `takeIndex` and `noteActivity` for several messages of several active conversations; each conversation is named once. */
export const takeIndexes = prepareText(
  (p: Taking) => sql<{
    sid: string;
    next_index: number;
    head: number;
    notified: number | null;
  }>`
    UPDATE conversations SET
      last_message_index = next_index + more.count - 1,
      next_index = next_index + more.count,
      message_count = message_count + more.count,
      head = head + more.count,
      last_message_date = more.date,
      date_activity = more.time,
      date_inactive = more.inactive,
      date_closed = more.closed
    FROM unnest(${p.sids}::text[], ${p.counts}::bigint[], ${p.dates}::bigint[], ${p.times}::bigint[],
      ${p.inactive}::bigint[], ${p.closed}::bigint[]) AS more (conversation, count, date, time, inactive, closed)
    WHERE sid = more.conversation
    RETURNING sid, next_index, head, (
      SELECT new_message_enabled + with_media_enabled * 2 FROM push_settings
      WHERE push_settings.service_sid = conversations.service_sid
        AND EXISTS (SELECT 1 FROM push_bindings WHERE push_bindings.service_sid = conversations.service_sid)
    ) AS notified`,
);

const columns = [
  'conversation_sid',
  'idx',
  'sid',
  'author',
  'body',
  'subject',
  'attributes',
  'participant_sid',
  'content_sid',
  'rich_content',
  'media',
  'last_updated_by',
  'receipt_count',
  'delivery',
  'created_position',
  'position',
  'date_created',
  'date_updated',
] as const satisfies (keyof MessagesTable)[];

const numbers: ReadonlySet<string> = new Set([
  'idx',
  'receipt_count',
  'created_position',
  'position',
  'date_created',
  'date_updated',
]);

type Column = (typeof columns)[number];

const insertRows = prepareText((p: Record<Column, MessagesTable[Column][]>) => {
  const lists = columns.map((name) => sql`${p[name]}::${sql.raw(numbers.has(name) ? 'bigint' : 'text')}[]`);
  return sql`INSERT INTO messages (${sql.raw(columns.join(', '))}) SELECT * FROM unnest(${sql.join(lists)})`;
});

export async function insertMessages(db: Db, rows: readonly MessagesTable[]): Promise<void> {
  const lists = Object.fromEntries(columns.map((name) => [name, rows.map((row) => row[name])]));
  await db.run(insertRows, lists as Record<Column, MessagesTable[Column][]>);
}
