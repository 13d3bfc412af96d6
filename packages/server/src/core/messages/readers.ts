import type { Db } from '../../storage/db.ts';

/** The participants of a conversation who read it in an app, in the order they came; a hundred at most. */
export function readersOf(db: Db, conversation: string) {
  return db.sql
    .selectFrom('participants')
    .select(['identity', 'user_sid', 'last_read_message_index'])
    .where('conversation_sid', '=', conversation)
    .where('identity', 'is not', null)
    .orderBy('sid')
    .limit(100)
    .execute();
}
