/**
 * What a message shows that was made from a content template, as a file among its media. The official client SDK looks
 * for it there: one of the category `body`, whose type says what is in it, and whose bytes are `{ "data": … }`. The
 * message's row has all of it; no file is kept.
 */
import { isSid, type MediaResource, type MessageResource, type RichContentResource } from '@colloquy/protocol';
import { type Db, prepare } from '../../storage/db.ts';
import type { MediaTable } from '../../storage/schema/media.ts';
import type { RichContent } from '../content/fill.ts';

const category = 'body' satisfies MediaResource['category'];

/** Media whose bytes are not in the store. */
export interface RichMedia extends MediaTable {
  bytes: Buffer;
}

/** @param column of the message's row */
export function richResource(column: string): RichContentResource {
  return { type: parse(column).type, size: bytesOf(column).length };
}

/** As the message tells of it; undefined for one that shows only its text. */
export function describeRichMedia({ sid, richContent }: MessageResource): MediaResource | undefined {
  if (!richContent) return undefined;
  const { type, size } = richContent;
  return { sid: `ME${sid.slice(2)}`, category, filename: null, contentType: contentTypeOf(type), size };
}

/** @param sid what `describeRichMedia` called it. @returns undefined when no message has it */
export async function richMediaBySid(db: Db, sid: string): Promise<RichMedia | undefined> {
  const row = isSid(sid, 'ME') ? await db.first(bySid, { message: `IM${sid.slice(2)}` }) : undefined;
  if (!row?.rich_content) return undefined;
  const bytes = bytesOf(row.rich_content);
  return {
    sid,
    account_sid: row.account_sid,
    service_sid: row.service_sid,
    author: row.author,
    category,
    filename: null,
    content_type: contentTypeOf(parse(row.rich_content).type),
    size: bytes.length,
    conversation_sid: row.conversation_sid,
    message_sid: row.sid,
    date_expires: null,
    // An edited message shows what it did.
    date_created: row.date_created,
    date_upload_updated: row.date_created,
    date_updated: row.date_created,
    bytes,
  };
}

const bySid = prepare((sql, p: { message: string }) =>
  sql
    .selectFrom('messages')
    .innerJoin('conversations', 'conversations.sid', 'messages.conversation_sid')
    .select([
      'messages.sid',
      'messages.conversation_sid',
      'messages.author',
      'messages.rich_content',
      'messages.date_created',
      'conversations.account_sid',
      'conversations.service_sid',
    ])
    .where('messages.sid', '=', p.message),
);

function parse(column: string): RichContent {
  return JSON.parse(column) as RichContent;
}

function bytesOf(column: string): Buffer {
  return Buffer.from(JSON.stringify({ data: parse(column).content }));
}

/** @param type for example `twilio/quick-reply` */
function contentTypeOf(type: string): string {
  return `application/x-vnd.com.twilio.rich.${type.replace('/', '.')}`;
}
