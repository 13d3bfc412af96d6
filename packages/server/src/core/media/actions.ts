/**
 * Files of messages, without their bytes. An upload is noted before the first byte is stored and becomes media after
 * the last one is durable: whatever ends it in between, the note says what has to be removed.
 */
import type { MediaCategory } from '@colloquy/protocol';
import type { MediaTable } from '../../storage/schema/media.ts';
import { requireService } from '../access/standing.ts';
import { defineCommand } from '../command.ts';
import { refuse } from '../refusal.ts';
import { deleteExpired, deleteSweep, insertMedia, insertSweep, mediaExpiredBy, moveSweep } from './store.ts';

/** Told after a commit that left something to be removed, at once or later. */
export const mediaNews = 'media';

/** How long an upload may take, in milliseconds. */
export const longestUpload = 60 * 60 * 1000;
/** Its bytes are in nobody's way for some time more, so the clocks of several machines may differ. */
const sweptAfter = 2 * longestUpload;
/** Contract, "Media Support in Conversations": what is not attached by then is removed. */
const unattachedKeptFor = 5 * 60 * 1000;
/** Small enough that nobody who waits for the writer notices. */
const pieceSize = 200;

export const beginUpload = defineCommand({
  name: 'media.begin',
  orderKey: () => mediaNews,
  run: async (tx, _actor, _input: Record<never, never>): Promise<{ sid: string }> => {
    const sid = tx.newSid('ME');
    await insertSweep(tx, sid, tx.now + sweptAfter);
    tx.woken.add(mediaNews);
    return { sid };
  },
});

export interface FinishUpload {
  sid: string;
  /** Null for what came through a channel. */
  service: string | null;
  category: MediaCategory;
  filename: string | null;
  contentType: string;
  /** Bytes. */
  size: number;
}

/** The bytes are durable: from now on the media exists. */
export const finishUpload = defineCommand({
  name: 'media.finish',
  orderKey: (input: FinishUpload) => input.sid,
  run: async (tx, actor, input: FinishUpload): Promise<MediaTable> => {
    if (input.service !== null) await requireService(tx, actor, input.service);
    if (!(await deleteSweep(tx, input.sid))) throw refuse(50507, { media: input.sid });
    const row: MediaTable = {
      sid: input.sid,
      account_sid: actor.account,
      service_sid: input.service ?? '',
      author: actor.kind === 'user' ? actor.identity : 'system',
      category: input.category,
      filename: input.filename,
      content_type: input.contentType,
      size: input.size,
      conversation_sid: null,
      message_sid: null,
      date_expires: tx.now + unattachedKeptFor,
      date_created: tx.now,
      date_upload_updated: tx.now,
      date_updated: tx.now,
    };
    await insertMedia(tx, row);
    tx.woken.add(mediaNews);
    return row;
  },
});

/** Nothing came of the upload; what there is of its bytes goes. */
export const abandonUpload = defineCommand({
  name: 'media.abandon',
  orderKey: (input: { sid: string }) => input.sid,
  run: async (tx, _actor, { sid }: { sid: string }) => {
    await moveSweep(tx, sid, tx.now);
    tx.woken.add(mediaNews);
    return {};
  },
});

/**
 * Removes what was not attached in time, a piece of it. Whatever is attached at the same moment either was first, and
 * is not there to be found any more, or is refused.
 *
 * @returns whether there is more to do
 */
export const expireMedia = defineCommand({
  name: 'media.expire',
  orderKey: () => mediaNews,
  run: async (tx, _actor, _input: Record<never, never>): Promise<{ more: boolean }> => {
    const sids = await mediaExpiredBy(tx, tx.now, pieceSize);
    await deleteExpired(tx, sids);
    return { more: sids.length === pieceSize };
  },
});

/** The store could not forget it. What else it has to forget does not wait for that. */
export const postponeSweep = defineCommand({
  name: 'media.postpone-sweep',
  orderKey: () => mediaNews,
  run: async (tx, _actor, { sid, until }: { sid: string; until: number }) => {
    await moveSweep(tx, sid, until);
    return {};
  },
});

/** The store has forgotten them. */
export const noteSwept = defineCommand({
  name: 'media.swept',
  orderKey: () => mediaNews,
  run: async (tx, _actor, { sids }: { sids: readonly string[] }) => {
    for (const sid of sids) await deleteSweep(tx, sid);
    return {};
  },
});
