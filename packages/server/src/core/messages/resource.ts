import type { DeliverySummary, MessageResource, Sid } from '@colloquy/protocol';
import type { MessagesTable } from '../../storage/schema.ts';
import { mediaOf } from './media.ts';
import { richResource } from './rich-media.ts';

export function messageResource(row: MessagesTable): MessageResource {
  return {
    sid: row.sid as Sid<'IM'>,
    conversationSid: row.conversation_sid as Sid<'CH'>,
    index: row.idx,
    author: row.author,
    body: row.body,
    subject: row.subject,
    attributes: row.attributes,
    participantSid: row.participant_sid as Sid<'MB'> | null,
    contentSid: row.content_sid as Sid<'HX'> | null,
    ...(row.rich_content !== null && { richContent: richResource(row.rich_content) }),
    ...(row.media !== null && { media: mediaOf(row) }),
    lastUpdatedBy: row.last_updated_by,
    delivery: row.delivery === null ? null : (JSON.parse(row.delivery) as DeliverySummary),
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
    position: row.position,
  };
}
