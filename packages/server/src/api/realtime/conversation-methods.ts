import { limits } from '@colloquy/protocol';
import { z } from 'zod';
import type { UserActor } from '../../core/actor.ts';
import {
  createConversation,
  deleteConversation,
  loadConversation,
  updateConversation,
} from '../../core/conversations/actions.ts';
import { type Known, listChanges } from '../../core/conversations/changes.ts';
import type { Core } from '../../core/core.ts';
import {
  addParticipant,
  countUnread,
  findParticipant,
  listMemberships,
  removeParticipant,
  updateMembership,
} from '../../core/participants/actions.ts';
import { membershipResource } from '../../core/participants/resource.ts';
import { listRecipients } from '../../core/receipts/recipients.ts';
import { refuse } from '../../core/refusal.ts';
import type { ConversationsTable } from '../../storage/schema.ts';
import { conversation, define, key, pageLimit, pageNext, text } from './define.ts';
import type { Method } from './method.ts';
import { presentChanges, presentEntries, presentEntry, presentPage, readCursor } from './present.ts';

/** Events in one answer to `conversations.changes`. */
const changesAtOnce = 200;

function areKnown(value: unknown): value is Known[] {
  const isKnown = (one: unknown) =>
    typeof one === 'string' ? one.length <= 34 : Number.isSafeInteger(one) && Number(one) >= 0;
  return Array.isArray(value) && value.every(isKnown);
}

async function entryOf(core: Core, actor: UserActor, row: ConversationsTable) {
  return presentEntry(row, await findParticipant(core.db, row.sid, actor.identity));
}

async function freshEntry(core: Core, actor: UserActor, ref: string) {
  const { row } = await loadConversation(core.db, actor, actor.service, ref);
  return entryOf(core, actor, row);
}

export const conversationMethods = {
  'conversations.create': define(
    'conversations.create',
    z.object({ key, friendlyName: text.optional(), uniqueName: text.optional(), attributes: text.optional() }),
    async ({ core, actor, idempotency }, { friendlyName, uniqueName, attributes }) => {
      const input = { service: actor.service, friendlyName, uniqueName, attributes };
      return entryOf(core, actor, await core.run(createConversation, actor, input, idempotency));
    },
  ),

  'conversations.list': define(
    'conversations.list',
    z.object({ next: pageNext, limit: pageLimit }),
    async ({ core, actor }, { next, limit }) => {
      const request = { limit: limit ?? limits.defaultPageSize, cursor: readCursor(next) };
      return presentEntries(await listMemberships(core.db, actor.user, request));
    },
  ),

  'conversations.get': define('conversations.get', z.object({ conversation }), ({ core, actor }, params) =>
    freshEntry(core, actor, params.conversation),
  ),

  'conversations.update': define(
    'conversations.update',
    z.object({
      conversation,
      key,
      friendlyName: text.nullable().optional(),
      uniqueName: text.nullable().optional(),
      attributes: text.optional(),
    }),
    async ({ core, actor, idempotency }, { conversation, friendlyName, uniqueName, attributes }) => {
      const input = { service: actor.service, conversation, friendlyName, uniqueName, attributes };
      return entryOf(core, actor, await core.run(updateConversation, actor, input, idempotency));
    },
  ),

  'conversations.delete': define(
    'conversations.delete',
    z.object({ conversation, key }),
    ({ core, actor, idempotency }, { conversation }) =>
      core.run(deleteConversation, actor, { service: actor.service, conversation }, idempotency),
  ),

  'conversations.join': define(
    'conversations.join',
    z.object({ conversation, key }),
    async ({ core, actor, idempotency }, { conversation }) => {
      const input = { service: actor.service, conversation, identity: actor.identity };
      const participant = await core.run(addParticipant, actor, input, idempotency);
      return freshEntry(core, actor, participant.conversation_sid);
    },
  ),

  'conversations.leave': define(
    'conversations.leave',
    z.object({ conversation, key }),
    ({ core, actor, idempotency }, { conversation }) => {
      const input = { service: actor.service, conversation, participant: actor.identity };
      return core.run(removeParticipant, actor, input, idempotency);
    },
  ),

  'conversations.unread': define('conversations.unread', z.object({}), async ({ core, actor }) => ({
    unread: await core.unread.of(actor.user),
  })),

  'conversations.recipients': define(
    'conversations.recipients',
    z.object({ conversation, next: pageNext, limit: pageLimit }),
    async ({ core, actor }, params) => {
      const { row } = await loadConversation(core.db, actor, actor.service, params.conversation);
      const request = { limit: params.limit ?? limits.defaultPageSize, cursor: readCursor(params.next) };
      return presentPage(await listRecipients(core.db, row, request), (recipient) => recipient);
    },
  ),

  'conversations.counts': define(
    'conversations.counts',
    z.object({ conversation }),
    async ({ core, actor }, params) => {
      const { row } = await loadConversation(core.db, actor, actor.service, params.conversation);
      const participant = await findParticipant(core.db, row.sid, actor.identity);
      const unread = participant ? await countUnread(core.db, { participant, conversation: row }) : null;
      return { messages: row.message_count, participants: row.participant_count, unread };
    },
  ),

  'conversations.changes': define(
    'conversations.changes',
    z.object({
      conversation,
      after: z.int().min(0),
      // There may be a hundred thousand, for which a schema of each takes seconds.
      knows: z.custom<Known[]>(areKnown, 'not a list of SIDs and indexes'),
    }),
    async ({ core, actor }, params) => {
      const { row } = await loadConversation(core.db, actor, actor.service, params.conversation);
      const participant = await findParticipant(core.db, row.sid, actor.identity);
      if (!participant) throw refuse(50430);
      // What is in the log from before he came is not his to read, nor what it would say.
      const after = Math.max(params.after, participant.created_position);
      return presentChanges(row, await listChanges(core.db, row, after, params.knows, changesAtOnce), core.clock.now());
    },
  ),

  'membership.update': define(
    'membership.update',
    z.object({
      conversation,
      key,
      notificationLevel: z.enum(['default', 'muted']).optional(),
      read: z
        .discriminatedUnion('mode', [
          z.object({ mode: z.literal('set'), index: z.int().min(0).nullable() }),
          z.object({ mode: z.literal('advance'), index: z.int().min(0) }),
          z.object({ mode: z.literal('all') }),
          z.object({ mode: z.literal('none') }),
        ])
        .optional(),
    }),
    async ({ core, actor, idempotency }, { conversation, notificationLevel, read }) => {
      const input = { service: actor.service, conversation, user: actor.user, notificationLevel, read };
      const { participant, unread } = await core.run(updateMembership, actor, input, idempotency);
      return { membership: membershipResource(participant), unread, position: participant.membership_position };
    },
  ),
} satisfies Partial<Record<string, Method>>;
