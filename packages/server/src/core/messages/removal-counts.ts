/**
 * How many messages of a conversation were removed, by blocks of indexes. So what comes after an index is told by what was
 * assigned and what was removed of it, and messages are counted in one block at most, however many there are.
 *
 * The blocks together have as many removals as there are indexes without a message. Where they have fewer, a server of an
 * earlier version has removed messages meanwhile: then all are counted, and the next command that asks mends the blocks.
 */
import { sql } from 'kysely';
import { type Db, prepare, prepareText } from '../../storage/db.ts';
import { Transaction } from '../transaction.ts';

/** A million messages have a thousand blocks. The migration that made them has it, too. */
export const blockSize = 1024;

const addRemoval = prepare((db, p: { conversation: string; block: number }) =>
  db
    .insertInto('removal_counts')
    .values({ conversation_sid: p.conversation, block: p.block, removed: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['conversation_sid', 'block'])
        .doUpdateSet((eb) => ({ removed: eb('removal_counts.removed', '+', 1) })),
    ),
);

/** Notes that the message of an index is not there any more. */
export async function noteRemoval(tx: Transaction, conversation: string, index: number): Promise<void> {
  await tx.run(addRemoval, { conversation, block: Math.floor(index / blockSize) });
}

interface Counts {
  next_index: number;
  message_count: number;
  /** In all blocks. */
  removed: number;
  /** In those after the block of the index. */
  beyond: number;
  /** Messages after the index that are in its block. */
  near: number;
}

/** One statement, so that all of it is of the same moment. */
const countsAfter = prepareText(
  (p: { conversation: string; index: number; block: number; end: number }) => sql<Counts>`
    SELECT next_index, message_count,
      (SELECT COALESCE(SUM(removed), 0) FROM removal_counts WHERE conversation_sid = sid) AS removed,
      (SELECT COALESCE(SUM(removed), 0) FROM removal_counts WHERE conversation_sid = sid AND block > ${p.block}) AS beyond,
      (SELECT COUNT(*) FROM messages
        WHERE conversation_sid = conversations.sid AND idx > ${p.index} AND idx < ${p.end}) AS near
    FROM conversations WHERE sid = ${p.conversation}`,
);

const messagesAfter = prepare((db, p: { conversation: string; index: number }) =>
  db
    .selectFrom('messages')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('conversation_sid', '=', p.conversation)
    .where('idx', '>', p.index),
);

/** Exactly how many messages of a conversation come after an index. */
export async function countMessagesAfter(db: Db, conversation: string, index: number): Promise<number> {
  const block = Math.floor(index / blockSize);
  const end = (block + 1) * blockSize;
  const found = await db.first(countsAfter, { conversation, index, block, end });
  if (!found) return 0;
  const { next_index: next, message_count: messages } = found;
  if (Number(found.removed) === next - messages) {
    return Number(found.near) + Math.max(next - end, 0) - Number(found.beyond);
  }
  if (db instanceof Transaction) await recountRemovals(db, conversation, next);
  return Number((await db.first(messagesAfter, { conversation, index }))?.n ?? 0);
}

async function recountRemovals(tx: Transaction, conversation: string, nextIndex: number): Promise<void> {
  const { rows } = await sql<{ block: number; there: number }>`
    SELECT idx / ${sql.lit(blockSize)} AS block, COUNT(*) AS there FROM messages
    WHERE conversation_sid = ${conversation} GROUP BY 1`.execute(tx.sql);
  const there = new Map(rows.map((row) => [Number(row.block), Number(row.there)]));
  await tx.sql.deleteFrom('removal_counts').where('conversation_sid', '=', conversation).execute();
  for (let from = 0, block = 0; from < nextIndex; from += blockSize, block += 1) {
    const removed = Math.min(nextIndex - from, blockSize) - (there.get(block) ?? 0);
    if (removed === 0) continue;
    await tx.sql.insertInto('removal_counts').values({ conversation_sid: conversation, block, removed }).execute();
  }
}
