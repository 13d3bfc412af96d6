/** Deliveries that are several messages to the provider, which takes and reports on each of them by itself. */
import type { DeliveryStatus } from '@colloquy/protocol';
import { type Db, prepare } from '../../storage/db.ts';
import type { DeliveryPiecesTable } from '../../storage/schema/senders.ts';
import type { Transaction } from '../transaction.ts';
import type { PieceOf } from './delivery-id.ts';
import { mayFollow, slowest } from './ladder.ts';

const ofDelivery = prepare((sql, p: { delivery: string }) =>
  sql.selectFrom('delivery_pieces').selectAll().where('delivery_id', '=', p.delivery).orderBy('piece'),
);

const byChannelMessage = prepare((sql, p: { sid: string }) =>
  sql
    .selectFrom('delivery_pieces')
    .innerJoin('messages', 'messages.sid', 'delivery_pieces.message_sid')
    .selectAll('delivery_pieces')
    .where('delivery_pieces.channel_message_sid', '=', p.sid)
    // As with receipts.
    .orderBy('messages.date_created', 'desc')
    .limit(1),
);

/** Those that the provider has, in order. */
export function selectPieces(db: Db, delivery: string): Promise<DeliveryPiecesTable[]> {
  return db.all(ofDelivery, { delivery });
}

export function selectPieceByChannelMessage(db: Db, sid: string): Promise<DeliveryPiecesTable | undefined> {
  return db.first(byChannelMessage, { sid });
}

/** Forgets the pieces of a message that was cut into another number of them. */
export async function forgetOtherCuts(tx: Transaction, delivery: string, pieces: number): Promise<void> {
  await tx.sql
    .deleteFrom('delivery_pieces')
    .where('delivery_id', '=', delivery)
    .where('pieces', '<>', pieces)
    .execute();
}

export interface PieceNews extends PieceOf {
  message: string;
  /** Null: not known yet, or not to this report. */
  channelMessage: string | null;
  status: DeliveryStatus | null;
  errorCode: number;
}

/** What the pieces come to, all together. */
export interface PieceSummary {
  /** Has the provider all of them? */
  complete: boolean;
  status: DeliveryStatus | null;
  errorCode: number;
}

/** Is the message cut into another number of pieces than this report says? */
export async function isOtherCut(db: Db, { delivery, pieces }: PieceOf): Promise<boolean> {
  return (await selectPieces(db, delivery)).some((row) => row.pieces !== pieces);
}

/** Notes that the provider has a piece, and its status as far as the ladder allows. */
export async function notePiece(tx: Transaction, news: PieceNews): Promise<PieceSummary> {
  const rows = await selectPieces(tx, news.delivery);
  const known = rows.find((row) => row.piece === news.piece);
  const row: DeliveryPiecesTable = known ?? {
    delivery_id: news.delivery,
    piece: news.piece,
    pieces: news.pieces,
    message_sid: news.message,
    channel_message_sid: null,
    status: null,
    error_code: 0,
  };
  const former = row.status as DeliveryStatus | null;
  const climbs = news.status !== null && mayFollow(former, news.status);
  const updated: DeliveryPiecesTable = {
    ...row,
    channel_message_sid: news.channelMessage ?? row.channel_message_sid,
    status: climbs ? news.status : former,
    error_code: climbs ? news.errorCode : row.error_code,
  };
  if (known) {
    const { delivery_id, piece, ...rest } = updated;
    await tx.sql
      .updateTable('delivery_pieces')
      .set(rest)
      .where('delivery_id', '=', delivery_id)
      .where('piece', '=', piece)
      .execute();
  } else {
    await tx.sql.insertInto('delivery_pieces').values(updated).execute();
  }
  return summaryOf([...rows.filter((one) => one !== known), updated], news.pieces);
}

function summaryOf(rows: readonly DeliveryPiecesTable[], pieces: number): PieceSummary {
  const complete = rows.length >= pieces;
  const statuses = rows.map((row) => row.status as DeliveryStatus | null);
  const status = slowest(complete ? statuses : [...statuses, null]);
  return { complete, status, errorCode: rows.find((row) => row.status === status)?.error_code ?? 0 };
}
