/** The delivery log, to be read, sent again from, and cleared. */
import { type Db, prepare } from '../../storage/db.ts';
import type { WebhookAttemptsTable, WebhookDeliveriesTable } from '../../storage/schema/webhooks.ts';
import { defineCommand } from '../command.ts';
import { lockConversation } from '../conversations/store.ts';
import { insertWork } from '../outbox/add.ts';
import { exhume, selectWork } from '../outbox/store.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { laneOf, webhookWork } from './deliveries.ts';

export const deliveryStates = ['pending', 'delivered', 'dead', 'dropped'] as const;

export type DeliveryState = (typeof deliveryStates)[number];

export interface DeliveryFilter {
  conversation?: string | undefined;
  /** SID of the account, the service or the conversation webhook. */
  target?: string | undefined;
  state?: DeliveryState | undefined;
}

/** Newest first. */
export function listDeliveries(
  db: Db,
  { conversation, target, state }: DeliveryFilter,
  request: PageRequest,
): Promise<Page<WebhookDeliveriesTable>> {
  let query = db.sql.selectFrom('webhook_deliveries').selectAll();
  if (conversation !== undefined) query = query.where('conversation_sid', '=', conversation);
  if (target !== undefined) query = query.where('target', '=', target);
  if (state !== undefined) query = query.where('state', '=', state);
  return fetchPage(query, [{ column: 'id', order: 'desc' }], request);
}

/** What webhooks were told of these events, oldest first. */
export function deliveriesOfEvents(
  db: Db,
  conversation: string,
  events: readonly string[],
): Promise<WebhookDeliveriesTable[]> {
  const query = db.sql.selectFrom('webhook_deliveries').selectAll().where('conversation_sid', '=', conversation);
  return query.where('event_id', 'in', events).orderBy('id').execute();
}

const deliveryById = prepare((sql, p: { id: string }) =>
  sql.selectFrom('webhook_deliveries').selectAll().where('id', '=', p.id),
);

export function findDelivery(db: Db, id: string): Promise<WebhookDeliveriesTable | undefined> {
  return db.first(deliveryById, { id });
}

/** In their order. */
export function listAttempts(db: Db, delivery: string): Promise<WebhookAttemptsTable[]> {
  const query = db.sql.selectFrom('webhook_attempts').selectAll();
  return query.where('delivery_id', '=', delivery).orderBy('number').execute();
}

/**
 * Delivers once more what was delivered or given up: now, beside what is on its way in order, and under the same id,
 * by which the receiver knows it again.
 *
 * @throws Refusal 20409 while it is on its way
 */
export const sendDeliveryAgain = defineCommand({
  name: 'webhooks.send-again',
  orderKey: (input: { stream: string; delivery: string }) => input.stream,
  run: async (tx, _actor, { stream, delivery: id }: { stream: string; delivery: string }) => {
    if (stream.startsWith('CH')) await lockConversation(tx, stream);
    const row = await findDelivery(tx, id);
    if (!row) throw refuse(20409, { reason: 'the delivery is not in the log any more' });
    await exhume(tx, id);
    if (await selectWork(tx, id)) throw refuse(20409, { reason: 'the delivery is still on its way' });
    await tx.sql
      .updateTable('webhook_deliveries')
      .set({ state: 'pending', date_updated: tx.now })
      .where('id', '=', id)
      .execute();
    const lane = `${laneOf(stream, row.target)}/${id}`;
    await insertWork(tx, { id, kind: webhookWork, lane, seq: 0, payload: '{}' });
    return { id };
  },
});

const day = 24 * 60 * 60 * 1000;
/** How long the log remembers. */
const keptFor = { delivered: 3 * day, dropped: 3 * day, dead: 30 * day } as const;
/** How many of each state it keeps at most. */
const keptAtMost = 100_000;
const pieceSize = 500;

/** Forgets what is old or too much, a piece at a time. What is on its way stays. @returns whether there is more to do */
export const purgeDeliveries = defineCommand({
  name: 'webhooks.purge',
  orderKey: () => 'webhooks purge',
  run: async (tx, _actor, _input: Record<never, never>): Promise<{ more: boolean }> => {
    for (const state of ['delivered', 'dropped', 'dead'] as const) {
      const ids = await oldest(tx, state);
      if (ids.length === 0) continue;
      await tx.sql.deleteFrom('webhook_attempts').where('delivery_id', 'in', ids).execute();
      await tx.sql.deleteFrom('webhook_deliveries').where('id', 'in', ids).execute();
      return { more: true };
    }
    return { more: false };
  },
});

async function oldest(tx: Transaction, state: keyof typeof keptFor): Promise<string[]> {
  const ofState = tx.sql.selectFrom('webhook_deliveries').where('state', '=', state);
  const surplus = await ofState
    .select('date_updated')
    .orderBy('date_updated', 'desc')
    .offset(keptAtMost)
    .limit(1)
    .executeTakeFirst();
  const before = Math.max(tx.now - keptFor[state], surplus ? surplus.date_updated + 1 : 0);
  const rows = await ofState.select('id').where('date_updated', '<', before).limit(pieceSize).execute();
  return rows.map(({ id }) => id);
}
