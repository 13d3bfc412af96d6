import { isSid, type MediaResource, type Sid } from '@colloquy/protocol';
import type { MediaTable } from '../../storage/schema/media.ts';
import type { MessagesTable } from '../../storage/schema.ts';
import { requirePermission, type Standing } from '../access/standing.ts';
import type { Actor } from '../actor.ts';
import { mediaNews } from '../media/actions.ts';
import { deleteMedia, mediaBySid, mediaOfMessage, updateMedia } from '../media/store.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';

/**
 * The media that a message is to have, in the order they were given. A user may attach only what he uploaded himself;
 * for him the uploads of others do not exist.
 *
 * @param service of the conversation
 * @throws Refusal 50510, 50507, 50508, 20422 for too many, 50107
 */
export async function requireMedia(
  tx: Transaction,
  actor: Actor,
  standing: Standing | undefined,
  service: string,
  sids: readonly string[],
): Promise<MediaTable[]> {
  if (sids.length === 0) return [];
  requirePermission(standing, 'sendMediaMessage');
  const limit = tx.limits.mediaPerMessage;
  if (sids.length > limit) throw refuse(20422, { parameter: 'media', reason: `more than ${limit}` });
  const rows: MediaTable[] = [];
  for (const sid of sids) {
    if (!isSid(sid, 'ME')) throw refuse(50510);
    if (rows.some((row) => row.sid === sid)) throw refuse(50508);
    const row = await tx.first(mediaBySid, { sid });
    if (!row || !isWithinReach(row, actor, service)) throw refuse(50507, { media: sid });
    if (row.message_sid !== null) throw refuse(50508);
    if (row.date_expires !== null && row.date_expires <= tx.now) throw refuse(50507, { media: sid });
    rows.push(row);
  }
  return rows;
}

function isWithinReach(row: MediaTable, actor: Actor, service: string): boolean {
  if (row.account_sid !== actor.account) return false;
  // What a channel brought belongs to no service yet, and only the server itself may attach it.
  if (row.service_sid !== service && !(actor.kind === 'system' && row.service_sid === '')) return false;
  return actor.kind !== 'user' || row.author === actor.identity;
}

/** What the message's own row and its events keep of its media; null when there are none. */
export function mediaColumn(rows: readonly MediaTable[]): string | null {
  if (rows.length === 0) return null;
  return JSON.stringify(rows.map(describeMedia));
}

export function describeMedia(row: MediaTable): MediaResource {
  return {
    sid: row.sid as Sid<'ME'>,
    category: row.category as MediaResource['category'],
    filename: row.filename,
    contentType: row.content_type,
    size: row.size,
  };
}

/** From now on they live as long as the message. */
export async function attachMedia(
  tx: Transaction,
  rows: readonly MediaTable[],
  message: MessagesTable,
  service: string,
): Promise<void> {
  for (const row of rows) {
    await updateMedia(tx, {
      ...row,
      service_sid: service,
      conversation_sid: message.conversation_sid,
      message_sid: message.sid,
      date_expires: null,
      date_updated: tx.now,
    });
  }
}

/** The media of a message, in their order. */
export function mediaOf(message: Pick<MessagesTable, 'media'>): readonly MediaResource[] {
  return message.media === null ? [] : (JSON.parse(message.media) as MediaResource[]);
}

/** Removes the media of messages that are being removed, bytes included. */
export async function removeMediaOf(
  tx: Transaction,
  messages: readonly Pick<MessagesTable, 'sid' | 'media'>[],
): Promise<void> {
  for (const message of messages) {
    if (message.media === null) continue;
    await deleteMedia(tx, await mediaOfMessage(tx, message.sid));
    tx.woken.add(mediaNews);
  }
}
