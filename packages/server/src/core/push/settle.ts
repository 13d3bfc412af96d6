import { defineCommand } from '../command.ts';
import { insertAside } from '../outbox/add.ts';
import { holdLane, orderOf } from '../outbox/lane.ts';
import { exhume, finish, putBack, selectWork } from '../outbox/store.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { tellNotifiable } from './notifiable.ts';
import { type PushPayload, pushLane, pushWork } from './plan.ts';

/** Dead letters of pushes that are kept. A credential that is no good makes one for each message. */
const mostDeadLetters = 1000;

export interface SettlePush {
  /** The claimed work. */
  id: string;
  lane: string;
  lease: string;
  /** Where the next page of devices begins; undefined: that was the last. */
  next: PushPayload['after'];
  /** Devices that are no more: bindings, unless they were registered anew since. */
  gone: { binding: string; before: number }[];
  /** Devices to try again, and those that it is no use to try again. Their ids are made by the caller, each once. */
  aside: AsideWork[];
}

export interface AsideWork {
  id: string;
  payload: PushPayload;
  /** Attempts made so far. */
  attempt: number;
  /** Null: it has failed for good. */
  notBefore: number | null;
  /** JSON text. */
  error: string;
}

/**
 * Settles a page of devices in one transaction: goes on to the next page, and leaves what could not be done as work of
 * its own, so that one device that cannot be reached holds up no other.
 *
 * @returns false when the lease has passed to somebody else; then nothing changed
 */
export const settlePush = defineCommand({
  name: 'push.settle',
  orderKey: (input: SettlePush) => orderOf(input),
  urgent: true,
  run: async (tx, _actor, input: SettlePush): Promise<boolean> => {
    const { id, lane, lease, next } = input;
    await holdLane(tx, lane);
    const settled = next ? await goOn(tx, id, lease, next) : await finish(tx, id, lease);
    if (!settled) return false;
    for (const { binding, before } of input.gone) await forget(tx, binding, before);
    for (const work of input.aside) await putAside(tx, work);
    return true;
  },
});

async function goOn(tx: Transaction, id: string, lease: string, after: PushPayload['after']): Promise<boolean> {
  const work = await selectWork(tx, id);
  if (work?.lease !== lease) return false;
  const payload = JSON.stringify({ ...(JSON.parse(work.payload) as PushPayload), after });
  await tx.sql.updateTable('outbox').set({ payload }).where('id', '=', id).execute();
  return putBack(tx, { id, lease, notBefore: tx.now, error: null, counted: false });
}

/** @param before what the push service said about an earlier registration of the same device is not of this one */
async function forget(tx: Transaction, binding: string, before: number): Promise<void> {
  const gone = await tx.sql
    .deleteFrom('push_bindings')
    .where('sid', '=', binding)
    .where('date_updated', '<=', before)
    .returning('user_sid')
    .execute();
  for (const { user_sid } of gone) tellNotifiable(tx, user_sid);
}

async function putAside(tx: Transaction, work: AsideWork): Promise<void> {
  if (work.notBefore === null && (await countDead(tx)) >= mostDeadLetters) return;
  await insertAside(tx, {
    id: work.id,
    kind: pushWork,
    lane: `${pushLane(work.payload.conversation)}/${work.id}`,
    seq: work.payload.position,
    payload: JSON.stringify(work.payload),
    attempt: work.attempt,
    notBefore: work.notBefore,
    error: work.error,
  });
}

async function countDead(tx: Transaction): Promise<number> {
  const row = await tx.sql
    .selectFrom('outbox')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('kind', '=', pushWork)
    .where('state', '=', 'dead')
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** Sends a dead letter again, to the devices that did not get it. */
export const pushAgain = defineCommand({
  name: 'push.again',
  orderKey: (input: { id: string }) => `push ${input.id}`,
  run: async (tx, _actor, input: { id: string }): Promise<{ id: string }> => {
    const row = await exhume(tx, input.id);
    if (row?.kind !== pushWork) throw refuse(20409, { reason: 'only what has failed for good can be sent again' });
    const { id, lane, seq } = row;
    const payload = JSON.stringify({ ...(JSON.parse(row.payload) as PushPayload), since: tx.now });
    await insertAside(tx, { id, kind: pushWork, lane, seq, payload, attempt: 0, notBefore: tx.now, error: null });
    return { id };
  },
});
