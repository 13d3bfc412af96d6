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
 * The newest event of all stays until there is a newer one. SQLite would give its number to the next event, and whoever had
 * been told of everything up to that number would never hear of that one.
 *
 * @returns whether there is more to do now
 */
export const sweepConversations = defineCommand({
  name: 'conversations.sweep',
  orderKey: () => 'sweep',
  run: async (tx, _actor, _input: Record<never, never>): Promise<{ more: boolean }> => {
    const newest = await tx.sql
      .selectFrom('events')
      .select(['id', 'stream', 'type'])
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    const held = newest?.type === 'conversation.removed' ? undefined : newest;
    const sweeps = await tx.sql.selectFrom('sweeps').selectAll().orderBy('stream').limit(2).execute();
    const sweep = sweeps.find(({ stream }) => stream !== held?.stream) ?? sweeps[0];
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
      .where('id', '<>', held?.id ?? 0)
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
    if (conversation === held?.stream) return { more: false };

    await tx.sql.deleteFrom('removal_counts').where('conversation_sid', '=', conversation).execute();
    await tx.sql.deleteFrom('sweeps').where('stream', '=', conversation).execute();
    return { more: true };
  },
});
