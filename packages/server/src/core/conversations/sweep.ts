import { defineCommand } from '../command.ts';
import { removeMediaOf } from '../messages/media.ts';
import { deleteDeliveriesOf } from '../receipts/store.ts';

/** Small enough that nobody who waits behind it notices. */
const pieceSize = 500;

/**
 * Removes a piece of what removed conversations and users left behind: messages, receipts and events, all but the
 * event that tells that a conversation was removed. (No client can come back to the stream of a removed user.) A
 * crash loses nothing of the work: what is left is found again.
 *
 * @returns whether there is more to do
 */
export const sweepConversations = defineCommand({
  name: 'conversations.sweep',
  orderKey: () => 'sweep',
  run: async (tx, _actor, _input: Record<never, never>): Promise<{ more: boolean }> => {
    const sweep = await tx.sql.selectFrom('sweeps').selectAll().orderBy('stream').executeTakeFirst();
    if (!sweep) return { more: false };
    const conversation = sweep.stream;

    const messages = await tx.sql
      .selectFrom('messages')
      .select(['idx', 'sid', 'media'])
      .where('conversation_sid', '=', conversation)
      .orderBy('idx')
      .limit(pieceSize)
      .execute();
    const last = messages.at(-1);
    if (last) {
      const sids = messages.map((message) => message.sid);
      await deleteDeliveriesOf(tx, sids);
      await removeMediaOf(tx, messages);
      await tx.sql
        .deleteFrom('messages')
        .where('conversation_sid', '=', conversation)
        .where('idx', '<=', last.idx)
        .execute();
      return { more: true };
    }

    const events = await tx.sql
      .selectFrom('events')
      .select('position')
      .where('stream', '=', conversation)
      .where('type', '<>', 'conversation.removed')
      .orderBy('position')
      .limit(pieceSize)
      .execute();
    const until = events.at(-1);
    if (until) {
      await tx.sql
        .deleteFrom('events')
        .where('stream', '=', conversation)
        .where('position', '<=', until.position)
        .execute();
      return { more: true };
    }

    await tx.sql.deleteFrom('removal_counts').where('conversation_sid', '=', conversation).execute();
    await tx.sql.deleteFrom('sweeps').where('stream', '=', conversation).execute();
    return { more: true };
  },
});
