import { createUser, deleteUser, findUser, listUsers, updateUser } from '../../core/users/actions.ts';
import type { UsersTable } from '../../storage/schema.ts';
import type { Scope, ServiceCall } from './call.ts';
import { presentDate } from './dates.ts';
import { creates, type Endpoint, reads, removes, updates } from './endpoints.ts';
import { presentList } from './pagination.ts';
import type { Parameters } from './parameters.ts';

export const userEndpoints: Endpoint<ServiceCall>[] = [
  { path: '/Users', operations: { GET: reads(list), POST: creates(create) } },
  { path: '/Users/:user', operations: { GET: reads(fetch), POST: updates(update), DELETE: removes(remove) } },
];

async function create(call: ServiceCall) {
  const { form } = call;
  const input = { service: call.scope.service, identity: form.required('Identity'), ...readUser(form) };
  return presentUser(await call.run(createUser, input), call.scope);
}

function readUser(form: Parameters) {
  return {
    friendlyName: form.text('FriendlyName'),
    attributes: form.text('Attributes'),
    role: form.sid('RoleSid', 'RL'),
  };
}

function list(call: ServiceCall) {
  return presentList(call, call.query, {
    key: 'users',
    maxPageSize: 50,
    url: `${call.scope.url}/Users`,
    fetch: (request) => listUsers(call.core.db, call.scope.service, request),
    present: (row) => presentUser(row, call.scope),
  });
}

/** The user that the path names by SID or identity. */
export async function requireUser(call: ServiceCall): Promise<UsersTable> {
  const row = await findUser(call.core.db, call.scope.service, call.segment('user'));
  if (!row) throw call.notFound();
  return row;
}

async function fetch(call: ServiceCall) {
  return presentUser(await requireUser(call), call.scope);
}

async function update(call: ServiceCall) {
  const { sid: user } = await requireUser(call);
  const input = { service: call.scope.service, user, ...readUser(call.form) };
  return presentUser(await call.run(updateUser, input), call.scope);
}

function remove(call: ServiceCall) {
  return call.run(deleteUser, { service: call.scope.service, user: call.segment('user') });
}

/** Reachability is null while the service has it off, and nothing can tell yet who is there when it is on. */
function presentUser(row: UsersTable, scope: Scope) {
  const url = `${scope.url}/Users/${row.sid}`;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.service_sid,
    role_sid: row.role_sid,
    identity: row.identity,
    friendly_name: row.friendly_name,
    attributes: row.attributes,
    is_online: null,
    is_notifiable: null,
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    url,
    links: { user_conversations: `${url}/Conversations` },
  };
}
