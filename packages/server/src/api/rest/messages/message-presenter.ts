import type { DeliverySummary, MediaResource } from '@colloquy/protocol';
import { mediaOf } from '../../../core/messages/media.ts';
import type { MessagesTable } from '../../../storage/schema.ts';
import { presentDate } from '../../http/dates.ts';
import type { ServiceCall } from '../call.ts';

export function presentMessage(row: MessagesTable, { actor, scope }: ServiceCall) {
  const url = `${scope.url}/Conversations/${row.conversation_sid}/Messages/${row.sid}`;
  const delivery = row.delivery === null ? null : (JSON.parse(row.delivery) as DeliverySummary);
  return {
    account_sid: actor.account,
    ...(scope.named && { chat_service_sid: scope.service }),
    conversation_sid: row.conversation_sid,
    sid: row.sid,
    index: row.idx,
    author: row.author,
    body: row.body,
    media: row.media === null ? null : mediaOf(row).map(presentMedia),
    attributes: row.attributes,
    participant_sid: row.participant_sid,
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    // The contract has them in another order below a service.
    ...(scope.named ? { delivery, url } : { url, delivery }),
    links: { delivery_receipts: `${url}/Receipts`, channel_metadata: `${url}/ChannelMetadata` },
    content_sid: row.content_sid,
  };
}

/** As live answers have it; the published examples have no category. */
function presentMedia({ sid, size, contentType, filename, category }: MediaResource) {
  return { sid, size, content_type: contentType, filename, category };
}
