import {
  addConversationWebhook,
  removeConversationWebhook,
  updateConversationWebhook,
} from '../../../core/webhooks/scoped.ts';
import { findConversationWebhook, listConversationWebhooks } from '../../../core/webhooks/scoped-store.ts';
import type { ConversationWebhooksTable } from '../../../storage/schema/webhooks.ts';
import { presentDate } from '../../http/dates.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { Scope, ServiceCall } from '../call.ts';
import { requireConversation } from '../conversations/conversations.ts';
import { creates, type Endpoint, reads, removes, updates } from '../endpoints.ts';
import { presentList } from '../pagination.ts';

export const conversationWebhookEndpoints: Endpoint<ServiceCall>[] = [
  { path: '/Conversations/:conversation/Webhooks', operations: { GET: reads(list), POST: creates(create) } },
  {
    path: '/Conversations/:conversation/Webhooks/:webhook',
    operations: { GET: reads(fetch), POST: updates(update), DELETE: removes(remove) },
  },
];

function readSettings(form: Parameters) {
  return {
    url: form.text('Configuration.Url'),
    method: form.text('Configuration.Method'),
    filters: form.list('Configuration.Filters'),
    triggers: form.list('Configuration.Triggers'),
    flowSid: form.text('Configuration.FlowSid'),
  };
}

async function create(call: ServiceCall) {
  const { sid: conversation } = await requireConversation(call);
  const { form } = call;
  const row = await call.run(addConversationWebhook, {
    ...readSettings(form),
    target: form.text('Target'),
    replayAfter: form.integer('Configuration.ReplayAfter'),
    service: call.scope.service,
    conversation,
  });
  return presentWebhook(row, call.scope);
}

async function list(call: ServiceCall) {
  const { sid: conversation } = await requireConversation(call);
  return presentList(call, call.query, {
    key: 'webhooks',
    maxPageSize: 5,
    url: `${call.scope.url}/Conversations/${conversation}/Webhooks`,
    fetch: (request) => listConversationWebhooks(call.core.db, conversation, request),
    present: (row) => presentWebhook(row, call.scope),
  });
}

/** The webhook that the path names. */
async function requireWebhook(call: ServiceCall): Promise<ConversationWebhooksTable> {
  const { sid: conversation } = await requireConversation(call);
  const row = await findConversationWebhook(call.core.db, conversation, call.segment('webhook'));
  if (!row) throw call.notFound();
  return row;
}

async function fetch(call: ServiceCall) {
  return presentWebhook(await requireWebhook(call), call.scope);
}

async function update(call: ServiceCall) {
  const { sid: webhook, conversation_sid: conversation } = await requireWebhook(call);
  const input = { ...readSettings(call.form), service: call.scope.service, conversation, webhook };
  return presentWebhook(await call.run(updateConversationWebhook, input), call.scope);
}

async function remove(call: ServiceCall) {
  const { sid: webhook, conversation_sid: conversation } = await requireWebhook(call);
  return call.run(removeConversationWebhook, { service: call.scope.service, conversation, webhook });
}

function presentWebhook(row: ConversationWebhooksTable, scope: Scope) {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    ...(scope.named && { chat_service_sid: row.service_sid }),
    conversation_sid: row.conversation_sid,
    target: row.target,
    url: `${scope.url}/Conversations/${row.conversation_sid}/Webhooks/${row.sid}`,
    configuration: presentConfiguration(row),
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
  };
}

/** What a webhook of its target has; the method in lower case (REST reference, section 5.7). */
function presentConfiguration(row: ConversationWebhooksTable) {
  const replay = row.replay_after === null ? {} : { replay_after: row.replay_after };
  if (row.target === 'studio') return { flow_sid: row.flow_sid, ...replay };
  return {
    url: row.url,
    method: row.method.toLowerCase(),
    ...(row.filters !== null && { filters: JSON.parse(row.filters) as string[] }),
    ...(row.triggers !== null && { triggers: JSON.parse(row.triggers) as string[] }),
    ...replay,
  };
}
