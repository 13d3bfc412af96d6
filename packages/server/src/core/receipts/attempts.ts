/** The record of what was tried for each copy of a message, for whoever looks into one. */
import type { Selectable } from 'kysely';
import { type Db, prepare } from '../../storage/db.ts';
import type { DeliveryAttemptsTable } from '../../storage/schema/senders.ts';
import type { Transaction } from '../transaction.ts';
import type { PieceOf } from './delivery-id.ts';

export interface Attempt extends PieceOf {
  receipt: string;
  message: string;
  /** Counts from 1. */
  attempt: number;
  channel: string;
  /** Sentences: what the person does not get as it was written. */
  changes: readonly string[];
}

export type AttemptOutcome =
  | { outcome: 'accepted'; providerId: string }
  | { outcome: 'rejected' | 'unknown' | 'failed'; kind: string; code: string; message: string };

const ofMessage = prepare((sql, p: { message: string; limit: number }) =>
  sql.selectFrom('delivery_attempts').selectAll().where('message_sid', '=', p.message).orderBy('id').limit(p.limit),
);

const lastOfReceipt = prepare((sql, p: { receipt: string }) =>
  sql.selectFrom('delivery_attempts').selectAll().where('receipt_sid', '=', p.receipt).orderBy('id', 'desc').limit(1),
);

const triedThrough = prepare((sql, p: { receipt: string; channel: string }) =>
  sql
    .selectFrom('delivery_attempts')
    .select('id')
    .where('receipt_sid', '=', p.receipt)
    .where('channel', '=', p.channel)
    .limit(1),
);

const lastAccepted = prepare((sql, p: { receipt: string }) =>
  sql
    .selectFrom('delivery_attempts')
    .select(['provider_id', 'channel'])
    .where('receipt_sid', '=', p.receipt)
    .where('outcome', '=', 'accepted')
    .orderBy('id', 'desc')
    .limit(1),
);

const insertAttempt = prepare((sql, p: Omit<DeliveryAttemptsTable, 'id'>) =>
  sql.insertInto('delivery_attempts').values({
    receipt_sid: p.receipt_sid,
    delivery_id: p.delivery_id,
    message_sid: p.message_sid,
    piece: p.piece,
    pieces: p.pieces,
    attempt: p.attempt,
    channel: p.channel,
    outcome: p.outcome,
    provider_id: p.provider_id,
    kind: p.kind,
    code: p.code,
    message: p.message,
    changes: p.changes,
    repeated: p.repeated,
    date_created: p.date_created,
    date_updated: p.date_updated,
  }),
);

const countRepetition = prepare((sql, p: { id: number; attempt: number; now: number }) =>
  sql
    .updateTable('delivery_attempts')
    .set((eb) => ({ repeated: eb('repeated', '+', 1), attempt: p.attempt, date_updated: p.now }))
    .where('id', '=', p.id),
);

/** What a provider says may be long, and be said often. */
const longestMessage = 500;

/** Notes an attempt. One that meets the same as the one before it is only counted, since a busy provider says so often. */
export async function noteAttempt(tx: Transaction, attempt: Attempt, outcome: AttemptOutcome): Promise<void> {
  const { receipt, delivery, piece, pieces } = attempt;
  const error = outcome.outcome === 'accepted' ? null : outcome;
  const changes = attempt.changes.length > 0 ? JSON.stringify(attempt.changes) : null;
  if (error) {
    const last = await tx.first(lastOfReceipt, { receipt });
    const same =
      last?.delivery_id === delivery &&
      last.piece === piece &&
      last.outcome === error.outcome &&
      last.kind === error.kind &&
      last.code === error.code &&
      last.changes === changes;
    if (same) {
      tx.later(tx.run(countRepetition, { id: Number(last.id), attempt: attempt.attempt, now: tx.now }));
      return;
    }
  }
  const row = {
    receipt_sid: receipt,
    delivery_id: delivery,
    message_sid: attempt.message,
    piece,
    pieces,
    attempt: attempt.attempt,
    channel: attempt.channel,
    outcome: outcome.outcome,
    provider_id: outcome.outcome === 'accepted' ? outcome.providerId : null,
    kind: error?.kind ?? null,
    code: error?.code ?? null,
    message: error?.message.slice(0, longestMessage) ?? null,
    changes,
    repeated: 0,
    date_created: tx.now,
    date_updated: tx.now,
  };
  tx.later(tx.run(insertAttempt, row));
}

export type AttemptRecord = Selectable<DeliveryAttemptsTable>;

/** Oldest first. */
export function selectAttempts(db: Db, message: string, limit: number): Promise<AttemptRecord[]> {
  return db.all(ofMessage, { message, limit });
}

/** Was an attempt made to send a copy through this channel, whatever came of it? */
export async function wasTried(db: Db, receipt: string, channel: string): Promise<boolean> {
  return (await db.first(triedThrough, { receipt, channel })) !== undefined;
}

/** What the provider calls the copy that a receipt is about; undefined while no provider has it. */
export async function providerIdOf(db: Db, receipt: string): Promise<{ channel: string; id: string } | undefined> {
  const row = await db.first(lastAccepted, { receipt });
  return row?.provider_id ? { channel: row.channel, id: row.provider_id } : undefined;
}
