import type { ConversationsTable } from '../../../storage/schema.ts';
import { presentDate } from '../../http/dates.ts';
import type { Scope } from '../call.ts';

export function presentConversation(row: ConversationsTable, scope: Scope) {
  const url = `${scope.url}/Conversations/${row.sid}`;
  return {
    account_sid: row.account_sid,
    chat_service_sid: row.service_sid,
    messaging_service_sid: row.messaging_service_sid,
    sid: row.sid,
    friendly_name: row.friendly_name,
    unique_name: row.unique_name,
    attributes: row.attributes,
    state: row.state,
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    timers: presentTimers(row),
    url,
    links: {
      participants: `${url}/Participants`,
      messages: `${url}/Messages`,
      webhooks: `${url}/Webhooks`,
      export: `${url}/Export`,
    },
    bindings: presentBindings(row),
  };
}

/** When the timers run out, not how long they take; only those that run (REST reference, section 5.1). */
export function presentTimers(row: ConversationsTable) {
  return {
    ...(row.date_inactive !== null && { date_inactive: presentDate(row.date_inactive) }),
    ...(row.date_closed !== null && { date_closed: presentDate(row.date_closed) }),
  };
}

/** REST reference, section 5.2. */
function presentBindings(row: ConversationsTable) {
  if (row.email_address === null && row.email_name === null) return {};
  return { email: { projected_address: row.email_address, name: row.email_name } };
}

/** Lists of a user's or an address's conversations know no `initializing` (behaviour reference, section 21). */
export function presentListedState(row: ConversationsTable): string {
  return row.state === 'initializing' ? 'active' : row.state;
}
