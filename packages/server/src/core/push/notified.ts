import type { ExpressionBuilder } from 'kysely';
import type { Schema } from '../../storage/schema.ts';

/** Bits of what `notifiedMessages` gives. */
export const ofText = 1;
export const ofMedia = 2;

/**
 * Part of a statement that returns of a conversation: which messages its service notifies of, as `ofText` and `ofMedia`
 * added up; null when it notifies of none, or nobody. It costs a look into an empty table then, and no statement more.
 */
export function notifiedMessages(eb: ExpressionBuilder<Schema, 'conversations'>) {
  return eb
    .selectFrom('push_settings')
    .select((row) =>
      row('push_settings.new_message_enabled', '+', row('push_settings.with_media_enabled', '*', ofMedia)).as('pushes'),
    )
    .whereRef('push_settings.service_sid', '=', 'conversations.service_sid')
    .where((row) =>
      row.exists(
        row
          .selectFrom('push_bindings')
          .select('push_bindings.sid')
          .whereRef('push_bindings.service_sid', '=', 'conversations.service_sid'),
      ),
    );
}
