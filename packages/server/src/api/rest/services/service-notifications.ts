import {
  builtInTemplates,
  configureNotifications,
  everythingOff,
  findPushSettings,
} from '../../../core/push/settings.ts';
import type { PushSettingsTable } from '../../../storage/schema/push.ts';
import type { ServiceCall } from '../call.ts';
import { type Endpoint, reads, updates } from '../endpoints.ts';

export const serviceNotificationEndpoints: Endpoint<ServiceCall>[] = [
  { path: '/Configuration/Notifications', operations: { GET: reads(fetch), POST: updates(update) } },
];

async function fetch(call: ServiceCall) {
  return presentNotifications((await findPushSettings(call.core.db, call.scope.service)) ?? everythingOff, call);
}

async function update(call: ServiceCall) {
  const { form } = call;
  const silent = (name: string) => ({
    enabled: form.boolean(`${name}.Enabled`),
    template: form.text(`${name}.Template`),
  });
  const kind = (name: string) => ({ ...silent(name), sound: form.text(`${name}.Sound`) });
  const row = await call.run(configureNotifications, {
    service: call.scope.service,
    logEnabled: form.boolean('LogEnabled'),
    newMessage: { ...kind('NewMessage'), badgeCountEnabled: form.boolean('NewMessage.BadgeCountEnabled') },
    withMedia: silent('NewMessage.WithMedia'),
    added: kind('AddedToConversation'),
    removed: kind('RemovedFromConversation'),
  });
  return presentNotifications(row, call);
}

/** Contract: a kind that is on without a template of its own shows the built-in one. */
function presentKind(enabled: number, template: string | null, builtIn: string) {
  return { enabled: enabled === 1, template: template ?? (enabled === 1 ? builtIn : '') };
}

function presentNotifications(row: Omit<PushSettingsTable, 'service_sid' | 'account_sid'>, call: ServiceCall) {
  const { scope, actor } = call;
  return {
    account_sid: actor.account,
    chat_service_sid: scope.service,
    new_message: {
      ...presentKind(row.new_message_enabled, row.new_message_template, builtInTemplates.newMessage),
      sound: row.new_message_sound ?? '',
      badge_count_enabled: row.badge_count_enabled === 1,
      with_media: presentKind(row.with_media_enabled, row.with_media_template, builtInTemplates.withMedia),
    },
    added_to_conversation: {
      ...presentKind(row.added_enabled, row.added_template, builtInTemplates.added),
      sound: row.added_sound ?? '',
    },
    removed_from_conversation: {
      ...presentKind(row.removed_enabled, row.removed_template, builtInTemplates.removed),
      sound: row.removed_sound ?? '',
    },
    log_enabled: row.log_enabled === 1,
    url: `${scope.url}/Configuration/Notifications`,
  };
}
