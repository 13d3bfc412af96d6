import type { Limits, Sid } from '@colloquy/protocol';
import type { ConversationsTable, ParticipantsTable, ServicesTable } from '../../storage/schema.ts';
import { requirePermission, requireRole, requireService, type Standing } from '../access/standing.ts';
import { participantByIdentity } from '../access/store.ts';
import type { Actor } from '../actor.ts';
import { checkAttributes } from '../checks.ts';
import { defineCommand } from '../command.ts';
import { loadConversation } from '../conversations/actions.ts';
import { requireOpen } from '../conversations/policy.ts';
import { conversationResource } from '../conversations/resource.ts';
import { noteActivity } from '../conversations/state.ts';
import { appendEvent, nextPosition } from '../log.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { ensureUser } from '../users/ensure.ts';
import { membershipResource, participantResource } from './resource.ts';
import { checkShape, type ParticipantShape, type ParticipantShapeInput } from './shape.ts';
import {
  countOpenConversations,
  countParticipant,
  insertBinding,
  insertParticipant,
  selectBinding,
  updateParticipantRow,
} from './store.ts';

export interface AddParticipant extends ParticipantShapeInput {
  service: string;
  /** SID or unique name. */
  conversation: string;
  attributes?: string | undefined;
  /** A role of type conversation; by default the service's role for participants, none outside chat. */
  role?: string | undefined;
  dateCreated?: number | undefined;
  dateUpdated?: number | undefined;
}

/** Adds a chat user (made if missing) or an outside address. A user who adds himself joins. */
export const addParticipant = defineCommand({
  name: 'participants.add',
  lane: (input: AddParticipant) => input.conversation,
  run: async (tx, actor, input: AddParticipant): Promise<ParticipantsTable> => {
    const service = await requireService(tx, actor, input.service);
    const { row: conversation, standing } = await loadConversation(tx, actor, service.sid, input.conversation);
    const shape = checkShape(input, tx.limits);
    requireMayAdd(actor, standing, shape);
    requireOpen(conversation);
    const attributes = checkAttributes(input.attributes, tx.limits.participantAttributesBytes);
    if (input.role) await requireRole(tx, service.sid, input.role, 'conversation');
    await requireAbsent(tx, conversation, shape);
    requireRoom(tx.limits, conversation, shape);
    await noteActivity(tx, conversation);
    return insert(tx, actor, service, conversation, shape, { ...input, attributes });
  },
});

function requireMayAdd(actor: Actor, standing: Standing | undefined, shape: ParticipantShape): void {
  if (!standing || actor.kind !== 'user') return;
  if (shape.type !== 'chat') return requirePermission(standing, 'addNonChatParticipant');
  if (shape.identity === actor.identity) {
    if (standing.participant) throw refuse(50433);
    if (standing.awaitedCreator) return;
    return requirePermission(standing, 'joinConversation');
  }
  requirePermission(standing, 'addParticipant');
}

async function requireAbsent(
  tx: Transaction,
  conversation: ConversationsTable,
  shape: ParticipantShape,
): Promise<void> {
  if (shape.type === 'chat') {
    const known = await tx.first(participantByIdentity, { conversation: conversation.sid, identity: shape.identity });
    if (known) throw refuse(50433);
    return;
  }
  const taken = await selectBinding(tx, conversation.account_sid, shape.proxyAddress, shape.address);
  if (taken) throw refuse(50416, { conversation: taken.conversation_sid });
}

function requireRoom(limits: Limits, conversation: ConversationsTable, shape: ParticipantShape): void {
  if (conversation.participant_count >= limits.participantsPerConversation) {
    throw refuse(50417, { limit: limits.participantsPerConversation });
  }
  if (shape.type !== 'chat' && conversation.non_chat_count >= limits.nonChatParticipantsPerConversation) {
    throw refuse(50418, { limit: limits.nonChatParticipantsPerConversation });
  }
}

async function insert(
  tx: Transaction,
  actor: Actor,
  service: ServicesTable,
  conversation: ConversationsTable,
  shape: ParticipantShape,
  input: AddParticipant & { attributes: string },
): Promise<ParticipantsTable> {
  const chat = shape.type === 'chat';
  const user = chat ? await ensureUser(tx, service, shape.identity, null) : undefined;
  const { conversationsPerIdentity: limit } = tx.limits;
  if (user && (await countOpenConversations(tx, user.sid)) >= limit) throw refuse(50214, { limit });

  const creatorJoined =
    conversation.creator_awaited === 1 && actor.kind === 'user' && chat && shape.identity === conversation.created_by;
  const after = await countParticipant(tx, conversation, { by: 1, chat, creatorJoined });
  const chatRole = creatorJoined
    ? service.default_conversation_creator_role_sid
    : service.default_conversation_role_sid;
  const dateCreated = input.dateCreated ?? tx.now;
  const row: ParticipantsTable = {
    sid: tx.newSid('MB'),
    account_sid: conversation.account_sid,
    service_sid: conversation.service_sid,
    conversation_sid: conversation.sid,
    identity: chat ? shape.identity : null,
    user_sid: user?.sid ?? null,
    type: shape.type,
    address: chat ? null : shape.address,
    proxy_address: chat ? null : shape.proxyAddress,
    projected_address: null,
    attributes: input.attributes,
    role_sid: input.role ?? (chat ? chatRole : null),
    notification_level: 'default',
    last_read_message_index: null,
    last_read_timestamp: null,
    created_position: after.head,
    position: after.head,
    membership_position: 0,
    date_created: dateCreated,
    date_updated: input.dateUpdated ?? dateCreated,
  };
  await insertParticipant(tx, row);
  if (shape.type !== 'chat') {
    await insertBinding(tx, {
      account_sid: row.account_sid,
      proxy_address: shape.proxyAddress,
      address: shape.address,
      conversation_sid: row.conversation_sid,
      participant_sid: row.sid,
    });
  }
  await appendEvent(tx, row.conversation_sid as Sid<'CH'>, after.head, 'participant.added', participantResource(row));
  return user ? tellMember(tx, after, row, user.sid as Sid<'US'>) : row;
}

/** The user's own stream tells him that he is in, and where to go on reading. */
export async function tellMember(
  tx: Transaction,
  conversation: ConversationsTable,
  row: ParticipantsTable,
  user: Sid<'US'>,
): Promise<ParticipantsTable> {
  const member = { ...row, membership_position: await nextPosition(tx, user) };
  await updateParticipantRow(tx, member);
  await appendEvent(tx, user, member.membership_position, 'membership.added', {
    membership: membershipResource(member),
    conversation: conversationResource(conversation),
    position: conversation.head,
  });
  return member;
}
