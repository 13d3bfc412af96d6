/** A user's own side of the conversations he is in: read horizon, notification level, unread messages. */
import type { NotificationLevel } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { ConversationsTable, ParticipantsTable } from '../../storage/schema.ts';
import { requirePermission } from '../access/standing.ts';
import { defineCommand } from '../command.ts';
import { loadConversation } from '../conversations/actions.ts';
import { requireOpen } from '../conversations/policy.ts';
import { countMessagesAfter } from '../messages/removal-counts.ts';
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

/**
 * Exact; null while there is no read horizon (the contract's "all are unread"). What it costs does not grow with the
 * number of messages: a change of the horizon must not hold the writer up.
 */
export async function countUnread(
  db: Db,
  { participant, conversation }: { participant: ParticipantsTable; conversation: ConversationsTable },
): Promise<number | null> {
  const index = participant.last_read_message_index;
  if (index === null) return null;
  // Most conversations: no message was removed, or all is read.
  if (index >= conversation.next_index - 1) return 0;
  if (conversation.message_count === conversation.next_index) return conversation.next_index - 1 - index;
  return countMessagesAfter(db, conversation.sid, index);
}
