import type { Db } from '../../storage/db.ts';
import type { ConversationsTable, MessagesTable } from '../../storage/schema.ts';
import { selectAround } from './store.ts';

export interface WindowRequest {
  limit: number;
  /** An index, of a message or not; none: the newest, or forward the first. */
  anchor?: number | undefined;
  direction: 'backwards' | 'forward';
}

export interface MessageWindow {
  /** Ascending by index. */
  items: MessagesTable[];
  hasPrevious: boolean;
  hasNext: boolean;
}

/** The messages up to an index, or from one on. */
export async function listMessagesAround(
  db: Db,
  conversation: ConversationsTable,
  { limit, anchor, direction }: WindowRequest,
): Promise<MessageWindow> {
  const end = conversation.next_index;
  const backwards = direction === 'backwards';
  const at = anchor ?? (backwards ? end : 0);
  const items = await selectAround(db, conversation.sid, at, direction, limit + 1);
  const more = items.length > limit;
  if (more) items.splice(backwards ? 0 : limit, 1);

  const first = items[0]?.idx ?? at;
  const last = items.at(-1)?.idx ?? at - 1;
  if (backwards) {
    const later = last + 1 < end ? await selectAround(db, conversation.sid, last + 1, 'forward', 1) : [];
    return { items, hasPrevious: more, hasNext: later.length > 0 };
  }
  const earlier = first > 0 ? await selectAround(db, conversation.sid, first - 1, 'backwards', 1) : [];
  return { items, hasPrevious: earlier.length > 0, hasNext: more };
}
