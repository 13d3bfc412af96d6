import { isSid } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { ReceiptsTable } from '../../storage/schema.ts';
import { selectWork } from '../outbox/store.ts';
import { senderOfAddress } from '../senders/store.ts';
import { wasTried } from './attempts.ts';
import { type PieceOf, receiptOf } from './delivery-id.ts';
import type { DeliveryPayload } from './payload.ts';
import { selectPieceByChannelMessage } from './pieces.ts';
import { channelMessageSid } from './resource.ts';
import { selectByChannelMessage, selectReceipt } from './store.ts';

export type Sent = PieceOf & { receipt: ReceiptsTable };

/** What went out through a channel under an id of its provider: the newest, where a provider began to count anew. */
export async function findSent(db: Db, channel: string, providerId: string): Promise<Sent | undefined> {
  const sent = await newestUnder(db, channelMessageSid(channel, providerId));
  return sent && (await isOf(db, channel, sent)) ? sent : undefined;
}

/**
 * Did a delivery go out through this channel? What a provider names is its own word: a SID or a delivery of another
 * sender's may be in it, by chance or not. Channels without a sender are the server's own.
 */
export async function isOf(db: Db, channel: string, { receipt, delivery }: Sent): Promise<boolean> {
  if (!isSid(channel, 'XE') || (await wasTried(db, receipt.sid, channel))) return true;
  // Its answer is not there yet, or the own address has another sender since.
  const work = await selectWork(db, delivery);
  const own = work ? (JSON.parse(work.payload) as DeliveryPayload).sender : await ownAddressOf(db, receipt);
  return own !== null && (await senderOfAddress(db, receipt.account_sid, own)) === channel;
}

async function ownAddressOf(db: Db, { participant_sid: sid }: ReceiptsTable): Promise<string | null> {
  const query = db.sql.selectFrom('participants').select('proxy_address').where('sid', '=', sid);
  return (await query.executeTakeFirst())?.proxy_address ?? null;
}

async function newestUnder(db: Db, sid: string): Promise<Sent | undefined> {
  const whole = await selectByChannelMessage(db, sid);
  const row = await selectPieceByChannelMessage(db, sid);
  const parted = row && (await selectReceipt(db, receiptOf(row.delivery_id)));
  if (row && parted && (!whole || parted.date_created >= whole.date_created)) {
    return { receipt: parted, delivery: row.delivery_id, piece: row.piece, pieces: row.pieces };
  }
  return whole && { receipt: whole, delivery: whole.delivery_id, piece: 0, pieces: 1 };
}
