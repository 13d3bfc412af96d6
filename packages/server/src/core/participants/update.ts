import type { Sid } from '@colloquy/protocol';
import type { ConversationsTable, ParticipantsTable } from '../../storage/schema.ts';
import { requirePermission, requireRole } from '../access/standing.ts';
import { checkAttributes, checkReadIndex } from '../checks.ts';
import { defineCommand } from '../command.ts';
import { loadConversation } from '../conversations/actions.ts';
import { requireOpen } from '../conversations/policy.ts';
import { appendEvent, nextPosition } from '../log.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { tellMember } from './add.ts';
import { rebind } from './rebind.ts';
import { membershipResource, participantResource } from './resource.ts';
import { selectParticipant, updateParticipantRow } from './store.ts';

export interface UpdateParticipant {
  service: string;
  conversation: string;
  /** SID or identity. */
  participant: string;
  attributes?: string | undefined;
  role?: string | undefined;
  /** Only for a participant with a projected address. */
  identity?: string | undefined;
  /** Null takes it away. */
  proxyAddress?: string | null | undefined;
  projectedAddress?: string | null | undefined;
  /** Is it allowed here at all? */
  groupTexting?: boolean | undefined;
  /** Null clears the read horizon. */
  lastReadMessageIndex?: number | null | undefined;
  lastReadTimestamp?: number | undefined;
  dateCreated?: number | undefined;
  dateUpdated?: number | undefined;
}

export const updateParticipant = defineCommand({
  name: 'participants.update',
  orderKey: (input: UpdateParticipant) => input.conversation,
  run: async (tx, actor, input: UpdateParticipant): Promise<ParticipantsTable> => {
    const { row: conversation, standing } = await loadConversation(tx, actor, input.service, input.conversation);
    const row = await selectParticipant(tx, conversation.sid, input.participant);
    if (!row) throw refuse(50432);
    if (standing) {
      const own = actor.kind === 'user' && row.user_sid === actor.user;
      if (own) requirePermission(standing, 'editOwnParticipantAttributes', 'editAnyParticipantAttributes');
      else requirePermission(standing, 'editAnyParticipantAttributes');
    }
    requireOpen(conversation);
    if (input.role) await requireRole(tx, conversation.service_sid, input.role, 'conversation');
    const attributes =
      input.attributes === undefined
        ? row.attributes
        : checkAttributes(input.attributes, tx.limits.participantAttributesBytes);
    const changed: ParticipantsTable = {
      ...row,
      ...readHorizon(input, row, tx.now),
      attributes,
      role_sid: input.role ?? row.role_sid,
      date_created: input.dateCreated ?? row.date_created,
      date_updated: input.dateUpdated ?? tx.now,
    };
    const joined = await rebind(tx, actor, conversation, row, changed, input);
    const written = await writeParticipant(tx, conversation, row, changed);
    if (!joined) return written;
    return tellMember(tx, { ...conversation, head: written.position }, written, joined);
  },
});

/** Setting the index also stamps the time when none is given; clearing it clears both. */
export function readHorizon(
  input: Pick<UpdateParticipant, 'lastReadMessageIndex' | 'lastReadTimestamp'>,
  row: ParticipantsTable,
  now: number,
): Pick<ParticipantsTable, 'last_read_message_index' | 'last_read_timestamp'> {
  const { lastReadMessageIndex: index, lastReadTimestamp: timestamp } = input;
  if (index === null) return { last_read_message_index: null, last_read_timestamp: null };
  if (index === undefined) {
    return {
      last_read_message_index: row.last_read_message_index,
      last_read_timestamp: timestamp ?? row.last_read_timestamp,
    };
  }
  return { last_read_message_index: checkReadIndex(index), last_read_timestamp: timestamp ?? now };
}

/** Writes a changed row and tells the conversation, and the user's own stream of what he sees there. */
export async function writeParticipant(
  tx: Transaction,
  conversation: ConversationsTable,
  before: ParticipantsTable,
  changed: ParticipantsTable,
): Promise<ParticipantsTable> {
  const row = { ...changed, position: await nextPosition(tx, conversation.sid) };
  const user = row.user_sid as Sid<'US'> | null;
  const ownView =
    row.last_read_message_index !== before.last_read_message_index ||
    row.last_read_timestamp !== before.last_read_timestamp ||
    row.notification_level !== before.notification_level;
  if (user && ownView) row.membership_position = await nextPosition(tx, user);
  await updateParticipantRow(tx, row);
  await appendEvent(tx, conversation.sid as Sid<'CH'>, row.position, 'participant.updated', participantResource(row));
  if (user && ownView) {
    await appendEvent(tx, user, row.membership_position, 'membership.updated', membershipResource(row));
  }
  return row;
}
