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
  /** Anchors of the pages around it; null where there is none. */
  previous: number | null;
  next: number | null;
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
  const [previous, next] = [first - 1, last + 1];
  if (backwards) {
    const later = next < end ? await selectAround(db, conversation.sid, next, 'forward', 1) : [];
    return { items, previous: more ? previous : null, next: later.length > 0 ? next : null };
  }
  const earlier = first > 0 ? await selectAround(db, conversation.sid, previous, 'backwards', 1) : [];
  return { items, previous: earlier.length > 0 ? previous : null, next: more ? next : null };
}
