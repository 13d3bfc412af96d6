import { configureAccountWebhook, configureServiceWebhook, loadWebhook } from '../../../core/webhooks/configure.ts';
import type { WebhookConfigurationsTable } from '../../../storage/schema/webhooks.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { Call, ServiceCall } from '../call.ts';
import { type Endpoint, reads, updates } from '../endpoints.ts';

const path = '/Configuration/Webhooks';

const ofAccount = { GET: reads(fetchOfAccount), POST: updates(updateOfAccount) };

export const accountWebhookEndpoints: Endpoint<Call>[] = [
  { path, operations: ofAccount },
  // Where it used to be, and where older guides still send people (REST reference, section 2.7).
  { path: '/Conversations/Webhooks', operations: ofAccount },
];

export const serviceWebhookEndpoints: Endpoint<ServiceCall>[] = [
  { path, operations: { GET: reads(fetchOfService), POST: updates(updateOfService) } },
];

function readSettings(form: Parameters) {
  return {
    preUrl: form.text('PreWebhookUrl'),
    postUrl: form.text('PostWebhookUrl'),
    method: form.text('Method'),
    filters: form.list('Filters'),
  };
}

async function fetchOfAccount(call: Call) {
  return presentOfAccount(await loadWebhook(call.core.db, call.actor.account, call.actor.account), call);
}

async function updateOfAccount(call: Call) {
  const { form } = call;
  const input = { ...readSettings(form), target: form.choice('Target', ['webhook', 'flex']) };
  return presentOfAccount(await call.run(configureAccountWebhook, input), call);
}

function presentOfAccount(row: WebhookConfigurationsTable, { versionUrl }: Call) {
  return {
    account_sid: row.account_sid,
    method: row.method,
    filters: presentFilters(row),
    pre_webhook_url: row.pre_url,
    post_webhook_url: row.post_url,
    target: row.target,
    url: versionUrl + path,
  };
}

async function fetchOfService(call: ServiceCall) {
  return presentOfService(await loadWebhook(call.core.db, call.actor.account, call.scope.service), call);
}

async function updateOfService(call: ServiceCall) {
  const input = { ...readSettings(call.form), service: call.scope.service };
  return presentOfService(await call.run(configureServiceWebhook, input), call);
}

function presentOfService(row: WebhookConfigurationsTable, { scope }: ServiceCall) {
  return {
    account_sid: row.account_sid,
    chat_service_sid: row.owner,
    pre_webhook_url: row.pre_url,
    post_webhook_url: row.post_url,
    filters: presentFilters(row),
    method: row.method,
    url: scope.url + path,
  };
}

function presentFilters({ filters }: WebhookConfigurationsTable): string[] | null {
  return filters === null ? null : (JSON.parse(filters) as string[]);
}
