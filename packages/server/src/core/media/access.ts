import type { Db } from '../../storage/db.ts';
import type { MediaTable } from '../../storage/schema/media.ts';
import { standingIn } from '../access/standing.ts';
import type { Actor } from '../actor.ts';
import { conversationBySid } from '../conversations/store.ts';
import { type RichMedia, richMediaBySid } from '../messages/rich-media.ts';
import { mediaBySid } from './store.ts';

/** Media that can be read: the bytes are in the store, unless they are here. */
export type ReadableMedia = MediaTable | RichMedia;

/**
 * Media of a service, if it is there for the actor. For a user that is what he uploaded and did not send so far, and
 * what is in the conversations that he sees.
 */
export async function findMedia(
  db: Db,
  actor: Actor,
  service: string,
  sid: string,
): Promise<ReadableMedia | undefined> {
  const row = await readableBySid(db, sid);
  if (!row || row.account_sid !== actor.account || row.service_sid !== service) return undefined;
  if (actor.kind !== 'user') return row;
  if (actor.service !== service) return undefined;
  if (row.conversation_sid === null) return row.author === actor.identity ? row : undefined;
  const conversation = await db.first(conversationBySid, { sid: row.conversation_sid });
  if (!conversation) return undefined;
  return (await standingIn(db, actor, conversation)).sees ? row : undefined;
}

/** By SID alone: for who holds a signed link to it. */
export async function readableBySid(db: Db, sid: string): Promise<ReadableMedia | undefined> {
  return (await mediaOfSid(db, sid)) ?? richMediaBySid(db, sid);
}

/** What was uploaded, by SID alone: for who has the account. */
export function mediaOfSid(db: Db, sid: string): Promise<MediaTable | undefined> {
  return db.first(mediaBySid, { sid });
}
