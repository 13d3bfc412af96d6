import { parseAddress, shownAddress } from '../../../core/addresses.ts';
import { listParticipantConversations } from '../../../core/participants/actions.ts';
import { refuse } from '../../../core/refusal.ts';
import type { ConversationsTable, ParticipantsTable } from '../../../storage/schema.ts';
import { presentDate } from '../../http/dates.ts';
import type { Scope, ServiceCall } from '../call.ts';
import { type Endpoint, reads } from '../endpoints.ts';
import { presentList } from '../pagination.ts';
import { isBound } from '../participants/participant-presenter.ts';
import { presentListedState, presentTimers } from './conversation-presenter.ts';

export const participantConversationEndpoints: Endpoint<ServiceCall>[] = [
  { path: '/ParticipantConversations', operations: { GET: reads(list) } },
];

async function list(call: ServiceCall) {
  const { query } = call;
  const identity = query.text('Identity');
  const address = query.text('Address');
  return presentList(call, query, {
    key: 'conversations',
    maxPageSize: 50,
    url: `${call.scope.url}/ParticipantConversations`,
    filters: [
      ['Identity', identity],
      ['Address', address],
    ],
    fetch: (request) =>
      listParticipantConversations(call.core.db, call.scope.service, whom(identity, address), request),
    present: (item) => presentParticipantConversation(item, call.scope),
  });
}

/** Contract: exactly one of the two. */
function whom(identity: string | undefined, address: string | undefined) {
  if (identity !== undefined && address !== undefined) throw refuse(50451);
  if (identity !== undefined) return { identity };
  if (address === undefined) throw refuse(20001, { parameter: 'Identity' });
  const parsed = parseAddress(address);
  // Any spelling finds it; what is no address is nobody's.
  return { address: parsed.ok ? parsed.address : address };
}

function presentParticipantConversation(
  { participant, conversation }: { participant: ParticipantsTable; conversation: ConversationsTable },
  scope: Scope,
) {
  const url = `${scope.url}/Conversations/${conversation.sid}`;
  return {
    account_sid: conversation.account_sid,
    chat_service_sid: conversation.service_sid,
    participant_sid: participant.sid,
    participant_user_sid: participant.user_sid,
    participant_identity: participant.identity,
    participant_messaging_binding: presentWholeBinding(participant),
    conversation_sid: conversation.sid,
    conversation_unique_name: conversation.unique_name,
    conversation_friendly_name: conversation.friendly_name,
    conversation_attributes: conversation.attributes,
    conversation_date_created: presentDate(conversation.date_created),
    conversation_date_updated: presentDate(conversation.date_updated),
    conversation_created_by: conversation.created_by,
    conversation_state: presentListedState(conversation),
    conversation_timers: presentTimers(conversation),
    links: { participant: `${url}/Participants/${participant.sid}`, conversation: url },
  };
}

/** Unlike that of a participant it has all keys (REST reference, section 5.4). */
function presentWholeBinding(row: ParticipantsTable) {
  if (!isBound(row)) return null;
  return {
    address: row.address === null ? null : shownAddress(row.address),
    proxy_address: row.proxy_address,
    type: row.type,
    level: row.binding_level,
    name: row.binding_name,
    projected_address: row.projected_address,
  };
}
