import type { Db } from '../../storage/db.ts';
import type { ReceiptsTable } from '../../storage/schema.ts';
import { type PieceOf, receiptOf } from './delivery-id.ts';
import { selectPieceByChannelMessage } from './pieces.ts';
import { selectByChannelMessage, selectReceipt } from './store.ts';

/**
 * What went out under an id of the provider: the newest, where a provider began to count anew.
 *
 * @param sid see `channelMessageSid`
 */
export async function findSent(db: Db, sid: string): Promise<(PieceOf & { receipt: ReceiptsTable }) | undefined> {
  const whole = await selectByChannelMessage(db, sid);
  const row = await selectPieceByChannelMessage(db, sid);
  const parted = row && (await selectReceipt(db, receiptOf(row.delivery_id)));
  if (row && parted && (!whole || parted.date_created >= whole.date_created)) {
    return { receipt: parted, delivery: row.delivery_id, piece: row.piece, pieces: row.pieces };
  }
  return whole && { receipt: whole, delivery: whole.delivery_id, piece: 0, pieces: 1 };
}
