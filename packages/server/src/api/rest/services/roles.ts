import { Refusal } from '../../../core/refusal.ts';
import { createRole, deleteRole, findRole, listRoles, updateRole } from '../../../core/roles/actions.ts';
import type { RolesTable } from '../../../storage/schema.ts';
import { presentDate } from '../../http/dates.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { ServiceCall } from '../call.ts';
import { creates, type Endpoint, reads, removes, updates } from '../endpoints.ts';
import { presentList } from '../pagination.ts';

export const roleEndpoints: Endpoint<ServiceCall>[] = [
  { path: '/Roles', operations: { GET: reads(list), POST: creates(create) } },
  { path: '/Roles/:role', operations: { GET: reads(fetch), POST: updates(update), DELETE: removes(remove) } },
];

async function create(call: ServiceCall) {
  const { form } = call;
  const row = await call.run(createRole, {
    service: call.scope.service,
    friendlyName: form.required('FriendlyName'),
    type: form.required('Type').toLowerCase(),
    permissions: requiredPermissions(form),
  });
  return presentRole(row, call);
}

function requiredPermissions(form: Parameters): string[] {
  const permissions = form.list('Permission');
  if (permissions === undefined) form.required('Permission');
  return [...(permissions ?? [])];
}

function list(call: ServiceCall) {
  return presentList(call, call.query, {
    key: 'roles',
    maxPageSize: 50,
    url: `${call.scope.url}/Roles`,
    fetch: (request) => listRoles(call.core.db, call.scope.service, request),
    present: (row) => presentRole(row, call),
  });
}

async function fetch(call: ServiceCall) {
  return presentRole(await requireRole(call), call);
}

async function requireRole(call: ServiceCall): Promise<RolesTable> {
  const row = await findRole(call.core.db, call.scope.service, call.segment('role'));
  if (!row) throw call.notFound();
  return row;
}

async function update(call: ServiceCall) {
  const { sid: role } = await requireRole(call);
  const input = { service: call.scope.service, role, permissions: requiredPermissions(call.form) };
  return presentRole(await unlessGone(call, call.run(updateRole, input)), call);
}

function remove(call: ServiceCall) {
  const input = { service: call.scope.service, role: call.segment('role') };
  return unlessGone(call, call.run(deleteRole, input));
}

/** The role that is not found here is the one in the path, unlike that of a body, whose code is kept. */
async function unlessGone<T>(call: ServiceCall, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw error instanceof Refusal && error.code === 50100 ? call.notFound() : error;
  }
}

function presentRole(row: RolesTable, { scope }: ServiceCall) {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.service_sid,
    friendly_name: row.friendly_name,
    type: row.type,
    permissions: JSON.parse(row.permissions) as string[],
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    url: `${scope.url}/Roles/${row.sid}`,
  };
}
