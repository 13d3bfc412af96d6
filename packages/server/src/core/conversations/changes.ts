/** What a conversation's log would tell, in short: what is there now and differs from what it was at a position. */
import type { Db } from '../../storage/db.ts';
import type { ConversationsTable, MessagesTable, ParticipantsTable } from '../../storage/schema.ts';

/** No more new messages than these are told of: older ones come by paging. */
const newestMessages = 1000;
/** Rows that are looked for at once: databases take so many parameters. */
const atOnce = 500;

/** A resource that is there, and what became of it. */
export type Change = { position: number; isNew: boolean } & (
  | { kind: 'message'; row: MessagesTable }
  | { kind: 'participant'; row: ParticipantsTable }
);

export interface Changes {
  /** In the order of the stream: that of an added one where it was added, that of others where they changed last. */
  items: Change[];
  /** Those of the known ones that are not there. */
  gone: string[];
  /** Up to which the items tell of everything. */
  position: number;
}

/**
 * What has happened in a conversation after a position, as far as it matters to somebody who knows of these SIDs.
 *
 * @param conversation read before: what is newer than this row is left to the events that tell of it
 * @param known SIDs of messages and participants
 * @param limit at most so many items
 */
export async function listChanges(
  db: Db,
  conversation: ConversationsTable,
  after: number,
  known: readonly string[],
  limit: number,
): Promise<Changes> {
  const { sid, head } = conversation;
  const participants = await db.sql
    .selectFrom('participants')
    .selectAll()
    .where('conversation_sid', '=', sid)
    .execute();
  const there = new Set(participants.map((row) => row.sid));
  const wanted = new Set(known);
  const changes: Change[] = [];
  const add = (kind: 'message' | 'participant', row: MessagesTable | ParticipantsTable) => {
    const isNew = row.created_position > after;
    const position = isNew ? row.created_position : row.position;
    // What is newer than the row of the conversation has an event of its own still to come.
    if (position <= after || position > head || !(isNew || wanted.has(row.sid))) return;
    changes.push({ kind, row, isNew, position } as Change);
  };
  for (const row of participants) add('participant', row);

  const messages = known.filter((one) => one.startsWith('IM'));
  for (let at = 0; at < messages.length; at += atOnce) {
    const rows = await db.sql
      .selectFrom('messages')
      .selectAll()
      .where('conversation_sid', '=', sid)
      .where('sid', 'in', messages.slice(at, at + atOnce))
      .execute();
    for (const row of rows) {
      there.add(row.sid);
      if (row.created_position <= after) add('message', row);
    }
  }
  const fresh = await db.sql
    .selectFrom('messages')
    .selectAll()
    .where('conversation_sid', '=', sid)
    .where('idx', '>=', conversation.next_index - newestMessages)
    .where('created_position', '>', after)
    .orderBy('idx')
    .limit(limit + 1)
    .execute();
  for (const row of fresh) add('message', row);

  const items = changes.sort((a, b) => a.position - b.position).slice(0, limit);
  const gone = known.filter((one) => !there.has(one));
  return { items, gone, position: items.length < changes.length ? (items.at(-1)?.position ?? head) : head };
}
