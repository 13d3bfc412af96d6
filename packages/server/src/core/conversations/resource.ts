import type { ConversationResource, ConversationState, Sid } from '@colloquy/protocol';
import type { ConversationsTable } from '../../storage/schema.ts';

export function conversationResource(row: ConversationsTable): ConversationResource {
  return {
    sid: row.sid as Sid<'CH'>,
    serviceSid: row.service_sid as Sid<'IS'>,
    friendlyName: row.friendly_name,
    uniqueName: row.unique_name,
    attributes: row.attributes,
    state: row.state as ConversationState,
    dateStateUpdated: row.date_state_updated,
    createdBy: row.created_by,
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
    lastMessage:
      row.last_message_index === null || row.last_message_date === null
        ? null
        : { index: row.last_message_index, dateCreated: row.last_message_date },
    ...((row.email_address !== null || row.email_name !== null) && {
      email: {
        projected_address: row.email_address ?? '',
        ...(row.email_name !== null && { name: row.email_name }),
      },
    }),
  };
}
