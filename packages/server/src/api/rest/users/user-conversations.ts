import {
  findUserConversation,
  listUserConversations,
  removeParticipant,
  updateMembership,
} from '../../../core/participants/actions.ts';
import { refuse } from '../../../core/refusal.ts';
import type { ConversationsTable, ParticipantsTable } from '../../../storage/schema.ts';
import { presentDate } from '../../http/dates.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { ServiceCall } from '../call.ts';
import { presentListedState, presentTimers } from '../conversations/conversation-presenter.ts';
import { requireConversation } from '../conversations/conversations.ts';
import { type Endpoint, reads, removes, updates } from '../endpoints.ts';
import { presentList } from '../pagination.ts';
import { readHorizon, readTimestamp } from '../participants/participants.ts';
import { requireUser } from './users.ts';

export const userConversationEndpoints: Endpoint<ServiceCall>[] = [
  { path: '/Users/:user/Conversations', operations: { GET: reads(list) } },
  {
    path: '/Users/:user/Conversations/:conversation',
    operations: { GET: reads(fetch), POST: updates(update), DELETE: removes(remove) },
  },
];

/** A conversation as one of its users has it. */
interface UserConversation {
  participant: ParticipantsTable;
  conversation: ConversationsTable;
  unread: number | null;
}

async function list(call: ServiceCall) {
  const { sid } = await requireUser(call);
  return presentList(call, call.query, {
    key: 'conversations',
    maxPageSize: 50,
    url: `${call.scope.url}/Users/${sid}/Conversations`,
    fetch: (request) => listUserConversations(call.core.db, sid, request),
    present: (item) => presentUserConversation(item, call),
  });
}

async function requireUserConversation(call: ServiceCall): Promise<UserConversation> {
  const user = await requireUser(call);
  const conversation = await requireConversation(call);
  const item = await findUserConversation(call.core.db, user.sid, conversation.sid);
  if (!item) throw call.notFound();
  return item;
}

async function fetch(call: ServiceCall) {
  return presentUserConversation(await requireUserConversation(call), call);
}

async function update(call: ServiceCall) {
  const { conversation, participant } = await requireUserConversation(call);
  const { form } = call;
  const index = readHorizon(form);
  const changed = await call.run(updateMembership, {
    service: call.scope.service,
    conversation: conversation.sid,
    user: participant.user_sid ?? '',
    notificationLevel: notificationLevel(form),
    read: index === undefined ? undefined : { mode: 'set', index },
    lastReadTimestamp: readTimestamp(form),
  });
  return presentUserConversation({ conversation, ...changed }, call);
}

function notificationLevel(form: Parameters): 'default' | 'muted' | undefined {
  const level = form.text('NotificationLevel')?.toLowerCase();
  if (level !== undefined && level !== 'default' && level !== 'muted') throw refuse(50210);
  return level;
}

/** Takes the user out of the conversation (REST reference, section 4.13). */
async function remove(call: ServiceCall) {
  const { conversation, participant } = await requireUserConversation(call);
  const input = { service: call.scope.service, conversation: conversation.sid, participant: participant.sid };
  await call.run(removeParticipant, input);
}

function presentUserConversation(
  { participant, conversation, unread }: UserConversation,
  { core, scope }: ServiceCall,
) {
  const conversationUrl = `${scope.url}/Conversations/${conversation.sid}`;
  return {
    account_sid: conversation.account_sid,
    chat_service_sid: conversation.service_sid,
    conversation_sid: conversation.sid,
    unread_messages_count: unread === null ? null : Math.min(unread, core.limits.unreadCount),
    last_read_message_index: participant.last_read_message_index,
    participant_sid: participant.sid,
    user_sid: participant.user_sid,
    friendly_name: conversation.friendly_name,
    conversation_state: presentListedState(conversation),
    timers: presentTimers(conversation),
    attributes: conversation.attributes,
    date_created: presentDate(conversation.date_created),
    date_updated: presentDate(conversation.date_updated),
    created_by: conversation.created_by,
    notification_level: participant.notification_level,
    unique_name: conversation.unique_name,
    url: `${scope.url}/Users/${participant.user_sid}/Conversations/${conversation.sid}`,
    links: { participant: `${conversationUrl}/Participants/${participant.sid}`, conversation: conversationUrl },
  };
}
