import { shownAddress } from '../../../core/addresses.ts';
import type { ParticipantsTable } from '../../../storage/schema.ts';
import { presentDate } from '../../http/dates.ts';
import type { Scope } from '../call.ts';

export function presentParticipant(row: ParticipantsTable, scope: Scope) {
  return {
    account_sid: row.account_sid,
    ...(scope.named && { chat_service_sid: scope.service }),
    conversation_sid: row.conversation_sid,
    sid: row.sid,
    identity: row.identity,
    attributes: row.attributes,
    messaging_binding: presentBinding(row),
    role_sid: row.role_sid,
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    url: `${scope.url}/Conversations/${row.conversation_sid}/Participants/${row.sid}`,
    last_read_message_index: row.last_read_message_index,
    last_read_timestamp: presentDate(row.last_read_timestamp),
  };
}

/** Only the keys that the participant has; null for plain chat (REST reference, section 5.4). */
function presentBinding(row: ParticipantsTable) {
  if (!isBound(row)) return null;
  return {
    type: row.type,
    ...(row.address !== null && { address: shownAddress(row.address) }),
    ...(row.proxy_address !== null && { proxy_address: row.proxy_address }),
    ...(row.projected_address !== null && { projected_address: row.projected_address }),
    ...(row.type === 'email' && { level: row.binding_level, name: row.binding_name }),
  };
}

export function isBound(row: ParticipantsTable): boolean {
  return row.address !== null || row.proxy_address !== null || row.projected_address !== null;
}
