import { createUser, findUser, listUsers, removeUser, updateUser } from '../../../core/users/actions.ts';
import { type Reachability, reachabilityOf, unknownReachability } from '../../../core/users/reachability.ts';
import type { UsersTable } from '../../../storage/schema.ts';
import { presentDate } from '../../http/dates.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { Scope, ServiceCall } from '../call.ts';
import { creates, type Endpoint, reads, removes, tellsWebhooks, updates } from '../endpoints.ts';
import { presentList } from '../pagination.ts';

export const userEndpoints: Endpoint<ServiceCall>[] = [
  { path: '/Users', operations: { GET: reads(list), POST: tellsWebhooks(creates(create)) } },
  {
    path: '/Users/:user',
    operations: { GET: reads(fetch), POST: tellsWebhooks(updates(update)), DELETE: tellsWebhooks(removes(remove)) },
  },
];

async function create(call: ServiceCall) {
  const { form } = call;
  const input = { service: call.scope.service, identity: form.required('Identity'), ...readUser(form) };
  return presentOne(call, await call.run(createUser, input));
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
    present: (row) => presentUser(row, unknownReachability, call.scope),
  });
}

/** The user that the path names by SID or identity. */
export async function requireUser(call: ServiceCall): Promise<UsersTable> {
  const row = await findUser(call.core.db, call.scope.service, call.segment('user'));
  if (!row) throw call.notFound();
  return row;
}

async function fetch(call: ServiceCall) {
  return presentOne(call, await requireUser(call));
}

async function update(call: ServiceCall) {
  const { sid: user } = await requireUser(call);
  const input = { service: call.scope.service, user, ...readUser(call.form) };
  return presentOne(call, await call.run(updateUser, input));
}

async function remove(call: ServiceCall) {
  const { sid: user } = await requireUser(call);
  await removeUser(call.core, call.actor, { service: call.scope.service, user });
}

async function presentOne(call: ServiceCall, row: UsersTable) {
  return presentUser(row, await reachabilityOf(call.core.db, row.sid), call.scope);
}

/** @param reachability which lists leave out, by the contract */
function presentUser(row: UsersTable, reachability: Reachability, scope: Scope) {
  const url = `${scope.url}/Users/${row.sid}`;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.service_sid,
    role_sid: row.role_sid,
    identity: row.identity,
    friendly_name: row.friendly_name,
    attributes: row.attributes,
    is_online: reachability.isOnline,
    is_notifiable: reachability.isNotifiable,
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    url,
    links: { user_conversations: `${url}/Conversations` },
  };
}
