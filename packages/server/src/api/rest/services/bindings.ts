import { bindingTypes, deleteBinding, findBinding, listBindings } from '../../../core/push/bindings.ts';
import type { PushBindingsTable } from '../../../storage/schema/push.ts';
import { presentDate } from '../../http/dates.ts';
import { invalid, type Parameters } from '../../http/parameters.ts';
import type { ServiceCall } from '../call.ts';
import { type Endpoint, reads, removes } from '../endpoints.ts';
import { presentList } from '../pagination.ts';

/** Devices that users registered for push notifications. They are made by clients alone; only below a named service. */
export const bindingEndpoints: Endpoint<ServiceCall>[] = [
  { path: '/Bindings', operations: { GET: reads(list) } },
  { path: '/Bindings/:binding', operations: { GET: reads(fetch), DELETE: removes(remove) } },
];

/** More identities than this make a query that no database likes. */
const mostIdentities = 100;

function list(call: ServiceCall) {
  const { query } = call;
  const types = readTypes(query);
  const identities = query.list('Identity') ?? [];
  if (identities.length > mostIdentities) throw invalid('Identity', `more than ${mostIdentities} of them`);
  return presentList(call, query, {
    key: 'bindings',
    maxPageSize: 100,
    url: `${call.scope.url}/Bindings`,
    filters: [
      ...types.map((type) => ['BindingType', type] as const),
      ...identities.map((identity) => ['Identity', identity] as const),
    ],
    fetch: (request) => listBindings(call.core.db, call.scope.service, { types, identities }, request),
    present: (row) => presentBinding(row, call),
  });
}

function readTypes(query: Parameters): string[] {
  const types = (query.list('BindingType') ?? []).map((type) => type.toLowerCase());
  const unknown = types.find((type) => !bindingTypes.some((known) => known === type));
  if (unknown !== undefined) throw invalid('BindingType', `not one of ${bindingTypes.join(', ')}`);
  return [...new Set(types)];
}

async function fetch(call: ServiceCall) {
  const row = await findBinding(call.core.db, call.scope.service, call.segment('binding'));
  if (!row) throw call.notFound();
  return presentBinding(row, call);
}

function remove(call: ServiceCall) {
  const input = { service: call.scope.service, binding: call.segment('binding') };
  return call.run(deleteBinding, input);
}

function presentBinding(row: PushBindingsTable, { scope }: ServiceCall) {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.service_sid,
    credential_sid: row.credential_sid,
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    endpoint: row.endpoint,
    identity: row.identity,
    binding_type: row.binding_type,
    message_types: JSON.parse(row.message_types) as string[],
    url: `${scope.url}/Bindings/${row.sid}`,
  };
}
