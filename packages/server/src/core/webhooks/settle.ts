import { prepare } from '../../storage/db.ts';
import type { WebhookAttemptsTable } from '../../storage/schema/webhooks.ts';
import { defineCommand } from '../command.ts';
import { type Settled, settleDone } from '../outbox/actions.ts';
import { holdLane, orderOf } from '../outbox/lane.ts';
import { putBack } from '../outbox/store.ts';
import type { Transaction } from '../transaction.ts';

/** What an attempt was and what came of it. */
export interface Attempt {
  url: string;
  method: string;
  retryCount: number;
  /** Of the answer; null when there was none. */
  status: number | null;
  /** The beginning of the answer's body. */
  answer: string | null;
  /** Why there was no answer. */
  error: string | null;
  /** Milliseconds; null when nobody measured it. */
  duration: number | null;
  /** When it began. */
  at: number;
}

export interface SettleDelivery {
  id: string;
  lane: string;
  lease: string;
  /** `pending` for another attempt, see `notBefore`; all others are final. */
  state: 'pending' | 'delivered' | 'dead' | 'dropped';
  /** When the next attempt may be made. */
  notBefore?: number | undefined;
  /** None, when the webhook was not called at all. */
  attempt?: Attempt | undefined;
  /** For whoever can go on with the next webhook of the lane; see `settleDone`. */
  nextFor?: number | undefined;
}

/** Notes what became of a delivery, in the log and in the outbox. A dead one is out of its lane's way. */
export const settleDelivery = defineCommand({
  name: 'webhooks.settle',
  orderKey: (input: SettleDelivery) => orderOf(input),
  urgent: true,
  run: async (tx, _actor, input: SettleDelivery): Promise<Settled> => {
    const { id, lane, lease, state, notBefore = tx.now, attempt, nextFor } = input;
    const error = attempt ? (attempt.error ?? `status ${attempt.status}`) : null;
    // One way there and back: they are carried out in this order.
    const [, settled] = await Promise.all([
      holdLane(tx, lane),
      state === 'pending'
        ? putBack(tx, { id, lease, notBefore, error, counted: attempt !== undefined }).then(
            (held): Settled => ({ held }),
          )
        : settleDone(tx, { id, lane, lease, nextFor }),
    ]);
    if (settled.held) await note(tx, id, state, attempt);
    return settled;
  },
});

const updateDelivery = prepare((sql, p: { id: string; state: string; attempts: number; now: number }) =>
  sql
    .updateTable('webhook_deliveries')
    .set((eb) => ({ state: p.state, attempts: eb('attempts', '+', p.attempts), date_updated: p.now }))
    .where('id', '=', p.id)
    .returning('attempts'),
);

const insertAttempt = prepare((sql, p: WebhookAttemptsTable) =>
  sql.insertInto('webhook_attempts').values({
    delivery_id: p.delivery_id,
    number: p.number,
    url: p.url,
    method: p.method,
    retry_count: p.retry_count,
    status: p.status,
    answer: p.answer,
    error: p.error,
    duration: p.duration,
    date_created: p.date_created,
  }),
);

async function note(tx: Transaction, id: string, state: string, attempt: Attempt | undefined): Promise<void> {
  const row = await tx.first(updateDelivery, { id, state, attempts: attempt ? 1 : 0, now: tx.now });
  if (!row || !attempt) return;
  const made = {
    delivery_id: id,
    number: row.attempts,
    url: attempt.url,
    method: attempt.method,
    retry_count: attempt.retryCount,
    status: attempt.status,
    answer: attempt.answer,
    error: attempt.error,
    duration: attempt.duration,
    date_created: attempt.at,
  };
  tx.later(tx.run(insertAttempt, made));
}
