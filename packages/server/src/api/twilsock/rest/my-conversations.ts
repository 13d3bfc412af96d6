import { z } from 'zod';
import { loadConversation } from '../../../core/conversations/actions.ts';
import { conversationResource } from '../../../core/conversations/resource.ts';
import { countUnread, findParticipant, listMemberships, updateMembership } from '../../../core/participants/actions.ts';
import { refuse } from '../../../core/refusal.ts';
import type { ConversationsTable, ParticipantsTable } from '../../../storage/schema.ts';
import { answer, type Call, type Handle, nameIn, readBody } from '../call.ts';
import { iso } from '../sync/data.ts';
import { namesOf } from '../sync/objects.ts';
import { readCursor, writeCursor } from './cursors.ts';

/** The client takes page after page before it shows anything. */
export const listedAtOnce = 500;

/** `GET {my_conversations}`. */
export const listMyConversations: Handle = async ({ core, actor, query, subscriptions }) => {
  const page = await listMemberships(core.db, actor.user, { limit: listedAtOnce, cursor: readCursor(query, 'string') });
  for (const { participant } of page.items) subscriptions.openings.show(participant.conversation_sid);
  return answer({
    conversations: page.items.map(({ participant }) => ({
      conversation_sid: participant.conversation_sid,
      status: 'joined',
      last_read_message_index: participant.last_read_message_index,
      notification_level: participant.notification_level,
      sync_objects: namesOf(participant.conversation_sid),
    })),
    meta: { previous_token: writeCursor(page.previous), next_token: writeCursor(page.next) },
  });
};

/** `GET {my_conversations}/{SID or unique name}`. */
export const getMyConversation: Handle = async (call) => {
  const { row, participant } = await load(call);
  call.subscriptions.openings.show(row.sid);
  return answer(await present(call, row, participant));
};

const change = z.object({
  last_read_message_index: z.int().min(0).nullable().optional(),
  notification_level: z.enum(['default', 'muted']).optional(),
});

/** `POST {my_conversations}/{SID}`: how far the user has read, and whether he wants to be notified. */
export const updateMyConversation: Handle = async (call) => {
  const { core, actor, idempotency } = call;
  const { last_read_message_index: index, notification_level: notificationLevel } = readBody(call, change);
  const input = {
    service: actor.service,
    conversation: nameIn(call, 'conversation'),
    user: actor.user,
    notificationLevel,
    read: index === undefined ? undefined : ({ mode: 'set', index } as const),
  };
  await core.run(updateMembership, actor, input, idempotency);
  const { row, participant } = await load(call);
  return answer(await present(call, row, participant));
};

async function load(call: Call): Promise<{ row: ConversationsTable; participant: ParticipantsTable }> {
  const { core, actor } = call;
  const { row } = await loadConversation(core.db, actor, actor.service, nameIn(call, 'conversation'));
  const participant = await findParticipant(core.db, row.sid, actor.identity);
  if (!participant) throw refuse(50350);
  return { row, participant };
}

async function present({ core }: Call, row: ConversationsTable, participant: ParticipantsTable) {
  const { friendlyName, uniqueName, attributes, createdBy } = conversationResource(row);
  return {
    conversation_sid: row.sid,
    status: 'joined',
    friendly_name: friendlyName,
    unique_name: uniqueName,
    attributes,
    created_by: createdBy,
    date_created: iso(row.date_created),
    date_updated: iso(row.date_updated),
    last_read_message_index: participant.last_read_message_index,
    unread_messages_count: await countUnread(core.db, { participant, conversation: row }),
    notification_level: participant.notification_level,
    sync_objects: namesOf(row.sid),
  };
}
