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
import { planMembershipPush } from '../push/plan.ts';
import { refuse } from '../refusal.ts';
import { defaultRole } from '../roles/default-role.ts';
import type { Transaction } from '../transaction.ts';
import { ensureUser } from '../users/ensure.ts';
import { regroup, selectBound } from './group.ts';
import { membershipResource, participantResource } from './resource.ts';
import { requireRoomFor } from './room.ts';
import { checkShape, type ParticipantShape, type ParticipantShapeInput } from './shape.ts';
import { countParticipant, insertBinding, insertParticipant, selectBinding, updateParticipantRow } from './store.ts';

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
  orderKey: (input: AddParticipant) => input.conversation,
  run: async (tx, actor, input: AddParticipant): Promise<ParticipantsTable> => {
    const service = await requireService(tx, actor, input.service);
    const { row: conversation, standing } = await loadConversation(tx, actor, service.sid, input.conversation);
    const shape = checkShape(input, tx.limits);
    requireMayAdd(actor, standing, shape);
    requireOpen(conversation);
    return admit(tx, actor, service, conversation, shape, input);
  },
});

/**
 * Adds a participant to a conversation that may get one: all that is checked besides who asks.
 *
 * @param conversation as it is now: its counters are gone by
 * @param grouped `later`: whoever adds several at once looks afterwards whether they make a group
 */
export async function admit(
  tx: Transaction,
  actor: Actor,
  service: ServicesTable,
  conversation: ConversationsTable,
  shape: ParticipantShape,
  input: Pick<AddParticipant, 'attributes' | 'role' | 'dateCreated' | 'dateUpdated'>,
  { grouped }: { grouped: 'now' | 'later' } = { grouped: 'now' },
): Promise<ParticipantsTable> {
  const attributes = checkAttributes(input.attributes, tx.limits.participantAttributesBytes);
  if (input.role) await requireRole(tx, service.sid, input.role, 'conversation');
  await requireAbsent(tx, conversation, shape);
  requireRoom(tx.limits, conversation, shape);
  const sid = tx.newSid('MB');
  if (grouped === 'now') await joinGroup(tx, conversation, sid, shape);
  await noteActivity(tx, conversation);
  return insert(tx, actor, service, conversation, shape, { ...input, attributes, sid });
}

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
  if (shape.identity !== null) {
    const known = await tx.first(participantByIdentity, {
      conversation: conversation.sid,
      identity: shape.identity,
    });
    if (known) throw refuse(50433);
  }
  if (shape.address === null || shape.proxyAddress === null) return;
  const taken = await selectBinding(tx, conversation.account_sid, shape.proxyAddress, shape.address);
  if (taken) throw refuse(50416, { conversation: taken.conversation_sid });
}

async function joinGroup(
  tx: Transaction,
  conversation: ConversationsTable,
  sid: string,
  shape: ParticipantShape,
): Promise<void> {
  const chat = shape.type === 'chat';
  if (chat && conversation.non_chat_count === 0) return;
  const before = await selectBound(tx, conversation.sid);
  const { type, address, proxyAddress: proxy_address, projectedAddress: projected_address } = shape;
  const alone = address !== null && proxy_address === null;
  if (alone && before.some((one) => one.address === address && one.proxy_address === null)) {
    throw refuse(type === 'email' ? 50433 : 50437);
  }
  const after = chat ? before : [...before, { sid, type, address, proxy_address, projected_address }];
  const plainChat = conversation.participant_count - conversation.non_chat_count + (chat ? 1 : 0);
  await regroup(tx, conversation, { before, after, plainChat });
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
  input: Pick<AddParticipant, 'role' | 'dateCreated' | 'dateUpdated'> & { sid: string; attributes: string },
): Promise<ParticipantsTable> {
  const chat = shape.type === 'chat';
  const user = shape.identity === null ? undefined : await ensureUser(tx, service, shape.identity, null);
  if (user) await requireRoomFor(tx, user);

  const creatorJoined =
    conversation.creator_awaited === 1 && actor.kind === 'user' && shape.identity === conversation.created_by;
  const after = await countParticipant(tx, conversation, { by: 1, chat, creatorJoined });
  const givenRole = creatorJoined ? 'default_conversation_creator_role_sid' : 'default_conversation_role_sid';
  const dateCreated = input.dateCreated ?? tx.now;
  const row: ParticipantsTable = {
    sid: input.sid,
    account_sid: conversation.account_sid,
    service_sid: conversation.service_sid,
    conversation_sid: conversation.sid,
    identity: shape.identity,
    user_sid: user?.sid ?? null,
    type: shape.type,
    address: shape.address,
    proxy_address: shape.proxyAddress,
    projected_address: shape.projectedAddress,
    binding_level: shape.level,
    binding_name: shape.name,
    attributes: input.attributes,
    role_sid: input.role ?? (user ? await defaultRole(tx, service, givenRole) : null),
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
  if (shape.address !== null && shape.proxyAddress !== null) {
    await insertBinding(tx, {
      account_sid: row.account_sid,
      proxy_address: shape.proxyAddress,
      address: shape.address,
      conversation_sid: row.conversation_sid,
      participant_sid: row.sid,
    });
  }
  await appendEvent(tx, row.conversation_sid as Sid<'CH'>, after.head, 'participant.added', participantResource(row));
  await planMembershipPush(tx, actor, 'added_to_conversation', row, after.head);
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
