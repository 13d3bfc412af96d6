import type { MediaTable } from '../../storage/schema/media.ts';

/** As the hosted media service presents it: relative addresses, dates with milliseconds and an offset. */
export function presentMedia(row: MediaTable, temporaryLink: string) {
  const url = `/v1/Services/${row.service_sid}/Media/${row.sid}`;
  return {
    sid: row.sid,
    service_sid: row.service_sid,
    date_created: presentDate(row.date_created),
    date_upload_updated: presentDate(row.date_upload_updated),
    date_updated: presentDate(row.date_updated),
    links: { content: `${url}/Content`, content_direct_temporary: temporaryLink },
    size: row.size,
    content_type: row.content_type,
    filename: row.filename,
    author: row.author,
    category: row.category,
    message_sid: row.message_sid,
    channel_sid: row.conversation_sid,
    url,
    is_multipart_upstream: false,
  };
}

function presentDate(time: number): string {
  return new Date(time).toISOString().replace('Z', '+00:00');
}
