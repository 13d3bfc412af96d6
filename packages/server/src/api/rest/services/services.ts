import { createService, findService, listServices, removeService } from '../../../core/services/actions.ts';
import type { ServicesTable } from '../../../storage/schema.ts';
import { presentDate } from '../../http/dates.ts';
import type { Call } from '../call.ts';
import { creates, type Endpoint, reads, removes } from '../endpoints.ts';
import { presentList } from '../pagination.ts';

export const serviceEndpoints: Endpoint<Call>[] = [
  { path: '/Services', operations: { GET: reads(list), POST: creates(create) } },
  { path: '/Services/:service', operations: { GET: reads(fetch), DELETE: removes(remove) } },
];

async function create(call: Call) {
  const friendlyName = call.form.required('FriendlyName');
  return presentService(await call.run(createService, { friendlyName }), call);
}

function list(call: Call) {
  return presentList(call, call.query, {
    key: 'services',
    maxPageSize: 100,
    url: `${call.versionUrl}/Services`,
    fetch: (request) => listServices(call.core.db, call.actor.account, request),
    present: (row) => presentService(row, call),
  });
}

async function fetch(call: Call) {
  const row = await findService(call.core.db, call.actor.account, call.segment('service'));
  if (!row) throw call.notFound();
  return presentService(row, call);
}

function remove(call: Call) {
  return removeService(call.core, call.actor, call.segment('service'));
}

function presentService(row: ServicesTable, { versionUrl }: Call) {
  const url = `${versionUrl}/Services/${row.sid}`;
  return {
    account_sid: row.account_sid,
    sid: row.sid,
    friendly_name: row.friendly_name,
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    url,
    links: {
      conversations: `${url}/Conversations`,
      users: `${url}/Users`,
      roles: `${url}/Roles`,
      bindings: `${url}/Bindings`,
      configuration: `${url}/Configuration`,
      participant_conversations: `${url}/ParticipantConversations`,
      conversation_with_participants: `${url}/ConversationWithParticipants`,
    },
  };
}
