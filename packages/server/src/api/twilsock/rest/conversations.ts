import { z } from 'zod';
import {
  createConversation,
  deleteConversation,
  loadConversation,
  updateConversation,
} from '../../../core/conversations/actions.ts';
import { findParticipant } from '../../../core/participants/actions.ts';
import type { ConversationsTable, ParticipantsTable } from '../../../storage/schema.ts';
import { answer, done, type Handle, nameIn, readBody } from '../call.ts';
import { iso } from '../sync/data.ts';
import { namesOf } from '../sync/objects.ts';
import { links } from './links.ts';

const creation = z.object({
  friendly_name: z.string().nullish(),
  unique_name: z.string().nullish(),
  attributes: z.string().nullish(),
});

/** `POST {conversations}`. The user who makes a conversation is not in it until he joins. */
export const addConversation: Handle = async (call) => {
  const { core, actor, idempotency } = call;
  const { friendly_name, unique_name, attributes } = readBody(call, creation);
  const input = {
    service: actor.service,
    friendlyName: friendly_name ?? undefined,
    uniqueName: unique_name ?? undefined,
    attributes: attributes ?? undefined,
  };
  const row = await core.run(createConversation, actor, input, idempotency);
  return answer(present(row, await findParticipant(core.db, row.sid, actor.identity)), 201);
};

/** `GET {conversations}/{SID}`. */
export const getConversation: Handle = async (call) => {
  const { core, actor } = call;
  const { row } = await loadConversation(core.db, actor, actor.service, nameIn(call, 'conversation'));
  return answer(present(row, await findParticipant(core.db, row.sid, actor.identity)));
};

/** `POST {conversations}/{SID}`. An empty unique name takes it away. */
export const changeConversation: Handle = async (call) => {
  const { core, actor, idempotency } = call;
  const { friendly_name: friendlyName, unique_name: uniqueName, attributes } = readBody(call, creation);
  const input = {
    service: actor.service,
    conversation: nameIn(call, 'conversation'),
    friendlyName,
    uniqueName,
    attributes: attributes ?? undefined,
  };
  const row = await core.run(updateConversation, actor, input, idempotency);
  return answer(present(row, await findParticipant(core.db, row.sid, actor.identity)));
};

/** `DELETE {conversations}/{SID}`. */
export const removeConversation: Handle = async (call) => {
  const { core, actor, idempotency } = call;
  const input = { service: actor.service, conversation: nameIn(call, 'conversation') };
  await core.run(deleteConversation, actor, input, idempotency);
  return done;
};

function present(row: ConversationsTable, participant: ParticipantsTable | undefined) {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.service_sid,
    friendly_name: row.friendly_name,
    unique_name: row.unique_name,
    attributes: row.attributes,
    state: { current: row.state, date_updated: iso(row.date_state_updated) },
    created_by: row.created_by,
    date_created: iso(row.date_created),
    date_updated: iso(row.date_updated),
    status: participant ? 'joined' : 'notParticipating',
    ...(participant && { notification_level: participant.notification_level }),
    messages_count: row.message_count,
    participants_count: row.participant_count,
    sync_objects: namesOf(row.sid),
    url: links.conversation(row.sid),
    links: { messages: links.messages(row.sid), participants: links.participants(row.sid) },
  };
}
