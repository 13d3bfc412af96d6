import { isSid } from '@colloquy/protocol';
import type { ConversationsTable, ServicesTable } from '../../storage/schema.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { requireRole, requireService } from '../access/standing.ts';
import type { AccountActor } from '../actor.ts';
import { checkAttributes } from '../checks.ts';
import { defineCommand } from '../command.ts';
import { createConversation } from '../conversations/actions.ts';
import type { CreateConversation } from '../conversations/input.ts';
import { insertWork } from '../outbox/add.ts';
import { type GroupMember, requireGroupPossible } from '../participants/group.ts';
import { requireRoomFor } from '../participants/room.ts';
import { checkShape, type ParticipantShape } from '../participants/shape.ts';
import { selectBinding } from '../participants/store.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { selectUser } from '../users/store.ts';
import type { ListedParticipant } from './listed.ts';

/** The kind of outbox work that adds the participants. Its id is the conversation's SID. */
export const initializationWork = 'initialization';

/** What an outbox row of that kind holds. */
export interface InitializationPayload {
  participants: readonly ListedParticipant[];
  /** What the conversation becomes in the end. */
  state: 'active' | 'inactive';
  /** Did whoever asked for it ask for webhooks? */
  firesWebhooks: boolean;
}

export interface CreateWithParticipants extends Omit<CreateConversation, 'initializing'> {
  participants: readonly ListedParticipant[];
}

/**
 * Creates a conversation, and has its participants added afterwards: until then it is initializing. What can be told
 * beforehand is checked here. Contract: "Conversation with Participants Resource".
 */
export const createWithParticipants = defineCommand({
  name: 'conversations.create-with-participants',
  orderKey: (input: CreateWithParticipants) => input.service,
  run: async (tx, actor, { participants, ...input }: CreateWithParticipants): Promise<ConversationsTable> => {
    requireBackEnd(actor);
    const service = await requireService(tx, actor, input.service);
    const { combinedParticipants: limit } = tx.limits;
    if (participants.length > limit) throw refuse(50426, { limit });
    await requireAddable(tx, service, participants);
    const initializing = participants.length > 0;
    const conversation = await createConversation.run(tx, actor, { ...input, initializing });
    if (!initializing) return conversation;
    const payload: InitializationPayload = {
      participants,
      state: input.state === 'inactive' ? 'inactive' : 'active',
      firesWebhooks: (actor as AccountActor).firesWebhooks ?? false,
    };
    await insertWork(tx, {
      id: conversation.sid,
      kind: initializationWork,
      lane: `${conversation.sid}/initialization`,
      seq: 1,
      payload: JSON.stringify(payload),
    });
    return conversation;
  },
});

async function requireAddable(
  tx: Transaction,
  service: ServicesTable,
  participants: readonly ListedParticipant[],
): Promise<void> {
  const shapes: ParticipantShape[] = [];
  for (const participant of participants) {
    const shape = checkShape(participant, tx.limits);
    checkAttributes(participant.attributes, tx.limits.participantAttributesBytes);
    if (participant.role !== undefined) await requireRoleOf(tx, service, participant.role);
    if (shapes.some((other) => isSame(shape, other))) throw refuse(50433);
    await requireFree(tx, service, shape);
    shapes.push(shape);
  }
  requireRoom(tx, shapes);
  const members = shapes.filter((shape) => shape.type !== 'chat').map(memberOf);
  await requireGroupPossible(tx, service.account_sid, members, shapes.length - members.length);
}

async function requireRoleOf(tx: Transaction, service: ServicesTable, role: string): Promise<void> {
  if (!isSid(role, 'RL')) throw refuse(20423, { parameter: 'Participant' });
  await requireRole(tx, service.sid, role, 'conversation');
}

/** One participant for an identity, for a pair of addresses, and for an address alone. */
function isSame(a: ParticipantShape, b: ParticipantShape): boolean {
  if (a.identity !== null && a.identity === b.identity) return true;
  return a.address !== null && a.address === b.address && a.proxyAddress === b.proxyAddress;
}

async function requireFree(tx: Transaction, service: ServicesTable, shape: ParticipantShape): Promise<void> {
  const { identity, address, proxyAddress } = shape;
  if (address !== null && proxyAddress !== null) {
    const taken = await selectBinding(tx, service.account_sid, proxyAddress, address);
    if (taken) throw refuse(50416, { conversation: taken.conversation_sid });
  }
  const user = identity === null ? undefined : await selectUser(tx, service.sid, identity);
  if (user) await requireRoomFor(tx, user);
}

function requireRoom(tx: Transaction, shapes: readonly ParticipantShape[]): void {
  const { participantsPerConversation: limit, nonChatParticipantsPerConversation: nonChat } = tx.limits;
  if (shapes.length > limit) throw refuse(50417, { limit });
  if (shapes.filter((shape) => shape.type !== 'chat').length > nonChat) throw refuse(50418, { limit: nonChat });
}

function memberOf(shape: ParticipantShape): GroupMember {
  const { type, address, proxyAddress: proxy_address, projectedAddress: projected_address } = shape;
  return { sid: '', type, address, proxy_address, projected_address };
}
