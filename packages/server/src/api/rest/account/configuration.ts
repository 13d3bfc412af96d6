import { loadAccount } from '../../../core/accounts/actions.ts';
import { configureAccount } from '../../../core/accounts/configure.ts';
import type { AccountsTable } from '../../../storage/schema.ts';
import type { Call } from '../call.ts';
import { type Endpoint, reads, updates } from '../endpoints.ts';

export const configurationEndpoints: Endpoint<Call>[] = [
  { path: '/Configuration', operations: { GET: reads(fetch), POST: updates(update) } },
];

async function fetch(call: Call) {
  return presentConfiguration(await loadAccount(call.core.db, call.actor.account), call);
}

async function update(call: Call) {
  const { form } = call;
  const row = await call.run(configureAccount, {
    defaultService: form.sid('DefaultChatServiceSid', 'IS'),
    defaultMessagingService: form.sid('DefaultMessagingServiceSid', 'MG', 50341),
    defaultInactiveTimer: form.text('DefaultInactiveTimer'),
    defaultClosedTimer: form.text('DefaultClosedTimer'),
  });
  return presentConfiguration(row, call);
}

function presentConfiguration(row: AccountsTable, { versionUrl }: Call) {
  return {
    account_sid: row.sid,
    default_chat_service_sid: row.default_chat_service_sid,
    default_messaging_service_sid: row.default_messaging_service_sid,
    default_inactive_timer: row.default_inactive_timer,
    default_closed_timer: row.default_closed_timer,
    url: `${versionUrl}/Configuration`,
    links: {
      service: `${versionUrl}/Services/${row.default_chat_service_sid}/Configuration`,
      webhooks: `${versionUrl}/Configuration/Webhooks`,
    },
  };
}
