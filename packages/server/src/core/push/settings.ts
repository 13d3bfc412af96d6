import { type Db, prepare } from '../../storage/db.ts';
import type { PushSettingsTable } from '../../storage/schema/push.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { requireService } from '../access/standing.ts';
import { defineCommand } from '../command.ts';
import { refuse } from '../refusal.ts';

/** The contract has a code for templates and sounds that are too long, and does not say how long that is. */
const longestTemplate = 512;
const longestSound = 256;

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the contract's own variables, filled in by `text.ts`
/** What is notified of when a kind is on and has no template of its own (behaviour reference, section 14). */
export const builtInTemplates = {
  newMessage: '${CONVERSATION}:${PARTICIPANT}: ${MESSAGE}',
  withMedia: 'You have a new message in ${CONVERSATION} with ${MEDIA_COUNT} media files: ${MEDIA}',
  added: 'You have been added to the conversation ${CONVERSATION} by ${PARTICIPANT}',
  removed: '${PARTICIPANT} has removed you from the conversation ${CONVERSATION}',
} as const;
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: see above

/** What is left out stays as it is; an empty text goes back to what there was at first. */
export interface ConfigureNotifications {
  service: string;
  logEnabled?: boolean | undefined;
  newMessage: NotificationInput & { badgeCountEnabled?: boolean | undefined };
  withMedia: Omit<NotificationInput, 'sound'>;
  added: NotificationInput;
  removed: NotificationInput;
}

interface NotificationInput {
  enabled?: boolean | undefined;
  template?: string | undefined;
  sound?: string | undefined;
}

export const configureNotifications = defineCommand({
  name: 'push.configure',
  orderKey: (input: ConfigureNotifications) => input.service,
  run: async (tx, actor, input: ConfigureNotifications): Promise<PushSettingsTable> => {
    requireBackEnd(actor);
    const service = await requireService(tx, actor, input.service);
    const known = await findPushSettings(tx, service.sid);
    const row = known ?? { ...everythingOff, service_sid: service.sid, account_sid: service.account_sid };
    const { newMessage, withMedia, added, removed } = input;
    const updated: PushSettingsTable = {
      ...row,
      log_enabled: flag(input.logEnabled, row.log_enabled),
      new_message_enabled: flag(newMessage.enabled, row.new_message_enabled),
      new_message_template: checkTemplate(newMessage.template, row.new_message_template),
      new_message_sound: checkSound(newMessage.sound, row.new_message_sound),
      badge_count_enabled: flag(newMessage.badgeCountEnabled, row.badge_count_enabled),
      with_media_enabled: flag(withMedia.enabled, row.with_media_enabled),
      with_media_template: checkTemplate(withMedia.template, row.with_media_template),
      added_enabled: flag(added.enabled, row.added_enabled),
      added_template: checkTemplate(added.template, row.added_template),
      added_sound: checkSound(added.sound, row.added_sound),
      removed_enabled: flag(removed.enabled, row.removed_enabled),
      removed_template: checkTemplate(removed.template, row.removed_template),
      removed_sound: checkSound(removed.sound, row.removed_sound),
      date_updated: tx.now,
    };
    if (known) await tx.sql.updateTable('push_settings').set(updated).where('service_sid', '=', service.sid).execute();
    else await tx.sql.insertInto('push_settings').values(updated).execute();
    return updated;
  },
});

function flag(given: boolean | undefined, former: number): number {
  return given === undefined ? former : Number(given);
}

function checkTemplate(given: string | undefined, former: string | null): string | null {
  if (given === undefined) return former;
  if (given.length > longestTemplate) throw refuse(50058);
  return given === '' ? null : given;
}

function checkSound(given: string | undefined, former: string | null): string | null {
  if (given === undefined) return former;
  if (given.length > longestSound) throw refuse(50059);
  return given === '' ? null : given;
}

/** Contract: all kinds are off until they are switched on. */
export const everythingOff: Omit<PushSettingsTable, 'service_sid' | 'account_sid'> = {
  log_enabled: 0,
  new_message_enabled: 0,
  new_message_template: null,
  new_message_sound: null,
  badge_count_enabled: 0,
  with_media_enabled: 0,
  with_media_template: null,
  added_enabled: 0,
  added_template: null,
  added_sound: null,
  removed_enabled: 0,
  removed_template: null,
  removed_sound: null,
  date_updated: 0,
};

const byService = prepare((sql, p: { service: string }) =>
  sql.selectFrom('push_settings').selectAll().where('service_sid', '=', p.service),
);

/** Undefined while nothing was ever set. */
export function findPushSettings(db: Db, service: string): Promise<PushSettingsTable | undefined> {
  return db.first(byService, { service });
}
