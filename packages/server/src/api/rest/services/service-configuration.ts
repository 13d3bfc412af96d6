import { findService, updateServiceConfiguration } from '../../../core/services/actions.ts';
import type { ServicesTable } from '../../../storage/schema.ts';
import type { ServiceCall } from '../call.ts';
import { type Endpoint, reads, updates } from '../endpoints.ts';

export const serviceConfigurationEndpoints: Endpoint<ServiceCall>[] = [
  { path: '/Configuration', operations: { GET: reads(fetch), POST: updates(update) } },
];

async function fetch(call: ServiceCall) {
  const row = await findService(call.core.db, call.actor.account, call.scope.service);
  if (!row) throw call.notFound();
  return presentServiceConfiguration(row, call);
}

async function update(call: ServiceCall) {
  const { form } = call;
  const row = await call.run(updateServiceConfiguration, {
    service: call.scope.service,
    conversationCreatorRole: form.sid('DefaultConversationCreatorRoleSid', 'RL'),
    conversationRole: form.sid('DefaultConversationRoleSid', 'RL'),
    chatServiceRole: form.sid('DefaultChatServiceRoleSid', 'RL'),
    reachabilityEnabled: form.boolean('ReachabilityEnabled'),
  });
  return presentServiceConfiguration(row, call);
}

function presentServiceConfiguration(row: ServicesTable, { scope }: ServiceCall) {
  const url = `${scope.url}/Configuration`;
  return {
    chat_service_sid: row.sid,
    default_conversation_creator_role_sid: row.default_conversation_creator_role_sid,
    default_conversation_role_sid: row.default_conversation_role_sid,
    default_chat_service_role_sid: row.default_chat_service_role_sid,
    url,
    links: { notifications: `${url}/Notifications`, webhooks: `${url}/Webhooks` },
    reachability_enabled: row.reachability_enabled === 1,
  };
}
