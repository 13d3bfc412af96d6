import {
  configureAddress,
  findAddressConfiguration,
  listAddressConfigurations,
  removeAddressConfiguration,
  updateAddressConfiguration,
} from '../../../core/address-configurations/actions.ts';
import { configurableTypes, shownConfiguredAddress } from '../../../core/address-configurations/address.ts';
import { type AutoCreationInput, autoCreationTypes } from '../../../core/address-configurations/auto-creation.ts';
import { refuse } from '../../../core/refusal.ts';
import type { AddressConfigurationsTable } from '../../../storage/schema/addresses.ts';
import { presentDate } from '../../http/dates.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { Call } from '../call.ts';
import { creates, type Endpoint, reads, removes, updates } from '../endpoints.ts';
import { presentList } from '../pagination.ts';

export const addressConfigurationEndpoints: Endpoint<Call>[] = [
  { path: '/Configuration/Addresses', operations: { GET: reads(list), POST: creates(create) } },
  {
    path: '/Configuration/Addresses/:address',
    operations: { GET: reads(fetch), POST: updates(update), DELETE: removes(remove) },
  },
];

async function create(call: Call) {
  const { form } = call;
  const type = form.choice('Type', configurableTypes);
  if (type === undefined) throw refuse(20001, { parameter: 'Type' });
  const row = await call.run(configureAddress, {
    type,
    address: form.required('Address'),
    friendlyName: form.text('FriendlyName'),
    addressCountry: form.text('AddressCountry'),
    autoCreation: readAutoCreation(form),
  });
  return present(row, call);
}

function readAutoCreation(form: Parameters): AutoCreationInput {
  return {
    enabled: form.boolean('AutoCreation.Enabled'),
    type: form.choice('AutoCreation.Type', autoCreationTypes),
    conversationService: form.sid('AutoCreation.ConversationServiceSid', 'IS'),
    webhookUrl: form.text('AutoCreation.WebhookUrl'),
    webhookMethod: form.choice('AutoCreation.WebhookMethod', ['get', 'post']),
    webhookFilters: form.list('AutoCreation.WebhookFilters'),
    studioFlow: form.sid('AutoCreation.StudioFlowSid', 'FW'),
    studioRetryCount: form.integer('AutoCreation.StudioRetryCount'),
  };
}

function list(call: Call) {
  const { query } = call;
  const type = query.text('Type');
  return presentList(call, query, {
    key: 'address_configurations',
    maxPageSize: 50,
    url: `${call.versionUrl}/Configuration/Addresses`,
    filters: [['Type', type]],
    fetch: (request) => listAddressConfigurations(call.core.db, call.actor.account, type?.toLowerCase(), request),
    present: (row) => present(row, call),
  });
}

async function fetch(call: Call) {
  return present(await requireConfiguration(call), call);
}

async function requireConfiguration(call: Call): Promise<AddressConfigurationsTable> {
  const row = await findAddressConfiguration(call.core.db, call.actor.account, call.segment('address'));
  if (!row) throw call.notFound();
  return row;
}

async function update(call: Call) {
  const { sid } = await requireConfiguration(call);
  const { form } = call;
  const row = await call.run(updateAddressConfiguration, {
    configuration: sid,
    friendlyName: form.text('FriendlyName'),
    autoCreation: readAutoCreation(form),
  });
  if (!row) throw call.notFound();
  return present(row, call);
}

async function remove(call: Call) {
  const input = { configuration: call.segment('address') };
  if (!(await call.run(removeAddressConfiguration, input))) throw call.notFound();
}

function present(row: AddressConfigurationsTable, { versionUrl }: Call) {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    type: row.type,
    address: shownConfiguredAddress(row.type, row.address),
    friendly_name: row.friendly_name,
    auto_creation: presentAutoCreation(row),
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    url: `${versionUrl}/Configuration/Addresses/${row.sid}`,
    address_country: row.address_country,
  };
}

/** Only the keys of its type (REST reference, section 5.3). */
function presentAutoCreation(row: AddressConfigurationsTable) {
  return {
    enabled: row.auto_enabled === 1,
    type: row.auto_type,
    ...(row.auto_service_sid !== null && { conversation_service_sid: row.auto_service_sid }),
    ...(row.auto_type === 'webhook' && {
      webhook_url: row.webhook_url,
      webhook_method: row.webhook_method,
      webhook_filters: JSON.parse(row.webhook_filters) as string[],
    }),
    ...(row.auto_type === 'studio' && {
      studio_flow_sid: row.studio_flow_sid,
      studio_retry_count: row.studio_retry_count,
    }),
  };
}
