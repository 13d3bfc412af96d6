/** A user's own side of the conversations he is in: read horizon, notification level, unread messages. */
import type { NotificationLevel } from '@colloquy/protocol';
import { sql as raw } from 'kysely';
import { type Db, prepare } from '../../storage/db.ts';
import type { ConversationsTable, ParticipantsTable } from '../../storage/schema.ts';
import { requirePermission } from '../access/standing.ts';
import { defineCommand } from '../command.ts';
import { loadConversation } from '../conversations/actions.ts';
import { requireOpen } from '../conversations/policy.ts';
import { refuse } from '../refusal.ts';
import { selectUser } from '../users/store.ts';
import { selectParticipant } from './store.ts';
import { readHorizon, writeParticipant } from './update.ts';

export type ReadChange =
  | { mode: 'set'; index: number | null }
  | { mode: 'advance'; index: number }
  | { mode: 'all' }
  | { mode: 'none' };

export interface UpdateMembership {
  service: string;
  conversation: string;
  /** SID or identity. */
  user: string;
  notificationLevel?: NotificationLevel | undefined;
  read?: ReadChange | undefined;
  lastReadTimestamp?: number | undefined;
}

/** @returns the participant, and how many messages the user has not read: null without a read horizon */
export const updateMembership = defineCommand({
  name: 'memberships.update',
  orderKey: (input: UpdateMembership) => input.conversation,
  run: async (
    tx,
    actor,
    input: UpdateMembership,
  ): Promise<{ participant: ParticipantsTable; unread: number | null }> => {
    const { row: conversation, standing } = await loadConversation(tx, actor, input.service, input.conversation);
    const user = await selectUser(tx, input.service, input.user);
    const row = user && (await selectParticipant(tx, conversation.sid, user.identity));
    if (!row) throw refuse(actor.kind === 'user' ? 50430 : 50432);
    if (actor.kind === 'user' && row.user_sid !== actor.user) throw refuse(50430);
    if (input.notificationLevel !== undefined) requirePermission(standing, 'editNotificationLevel');
    requireOpen(conversation);

    const index = horizonAfter(input.read, row.last_read_message_index, conversation.last_message_index);
    const changed: ParticipantsTable = {
      ...row,
      ...readHorizon({ lastReadMessageIndex: index, lastReadTimestamp: input.lastReadTimestamp }, row, tx.now),
      notification_level: input.notificationLevel ?? row.notification_level,
    };
    const same =
      changed.last_read_message_index === row.last_read_message_index &&
      changed.notification_level === row.notification_level &&
      input.lastReadTimestamp === undefined;
    const participant = same ? row : await writeParticipant(tx, conversation, row, changed);
    return { participant, unread: await countUnread(tx, { participant, conversation }) };
  },
});

/** Undefined: the horizon stays. */
function horizonAfter(
  change: ReadChange | undefined,
  before: number | null,
  last: number | null,
): number | null | undefined {
  switch (change?.mode) {
    case undefined:
      return undefined;
    case 'set':
      return change.index;
    case 'advance':
      return before !== null && change.index <= before ? undefined : change.index;
    case 'all':
      return last ?? undefined;
    case 'none':
      return null;
  }
}

const messagesAfter = prepare((sql, p: { conversation: string; index: number }) =>
  sql
    .selectFrom('messages')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('conversation_sid', '=', p.conversation)
    .where('idx', '>', p.index),
);

/**
 * Exact; null while there is no read horizon (the contract's "all are unread"). As long as no message was removed
 * there is nothing to count, however many are unread: a change of the horizon must not hold the writer up.
 */
export async function countUnread(
  db: Db,
  { participant, conversation }: { participant: ParticipantsTable; conversation: ConversationsTable },
): Promise<number | null> {
  const index = participant.last_read_message_index;
  if (index === null) return null;
  if (conversation.message_count === conversation.next_index) return Math.max(conversation.next_index - 1 - index, 0);
  const row = await db.first(messagesAfter, { conversation: participant.conversation_sid, index });
  return Number(row?.n ?? 0);
}

/** The same over all conversations of a user: messages are counted only where one was removed and some were read. */
const unreadOf = prepare((sql, p: { user: string }) =>
  sql
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversation_sid')
    .select((eb) => {
      const horizon = eb.ref('participants.last_read_message_index');
      const assigned = eb('conversations.next_index', '-', 1);
      const counted = eb
        .selectFrom('messages')
        .select((of) => of.fn.countAll<number>().as('n'))
        .whereRef('messages.conversation_sid', '=', 'participants.conversation_sid')
        .whereRef('messages.idx', '>', 'participants.last_read_message_index');
      const unread = eb
        .case()
        .when(horizon, 'is', null)
        .then(eb.ref('conversations.message_count'))
        .when(horizon, '>=', assigned)
        .then(raw<number>`0`)
        .when('conversations.message_count', '=', eb.ref('conversations.next_index'))
        .then(eb(assigned, '-', horizon))
        .else(counted)
        .end();
      return eb.fn.sum<number | null>(unread).as('n');
    })
    .where('participants.user_sid', '=', p.user),
);

/** Unread messages of all conversations of a user together, exactly. What was never read is unread. */
export async function countAllUnread(db: Db, user: string): Promise<number> {
  return Number((await db.first(unreadOf, { user }))?.n ?? 0);
}
