/** Messages from outside that wait for their files, and what the same people wrote behind them. */

import { prepare } from '../../storage/db.ts';
import type { InboundEventsTable } from '../../storage/schema.ts';
import { insertWork } from '../outbox/add.ts';
import type { Transaction } from '../transaction.ts';
import type { ReceiveInbound, Routing } from './actions.ts';
import { settleInbound } from './store.ts';

/** The kind of outbox work that fetches the files of a message and then takes it in. */
export const inboundWork = 'inbound';

/** What an outbox row of that kind holds; the event itself is in `inbound_events`. */
export interface InboundWorkPayload {
  channel: string;
  eventId: string;
  /** It is a file that its message did not wait for. */
  late?: true;
}

const openInLane = prepare((sql, p: { lane: string }) =>
  sql
    .selectFrom('outbox')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('lane', '=', p.lane),
);

/** The lane of what this person writes to this address. */
export function laneOf({ sender, recipient }: Pick<ReceiveInbound, 'sender' | 'recipient'>): string {
  return `inbound/${recipient} ${sender}`;
}

/** Must it wait, for files or for what came before it? */
export async function joinsQueue(tx: Transaction, input: ReceiveInbound): Promise<boolean> {
  if (input.queued) return false;
  return input.awaitsFiles || (await lastInLane(tx, input)) !== null;
}

async function lastInLane(tx: Transaction, input: ReceiveInbound): Promise<number | null> {
  return (await tx.first(openInLane, { lane: laneOf(input) }))?.seq ?? null;
}

export async function queue(tx: Transaction, row: InboundEventsTable, input: ReceiveInbound): Promise<Routing> {
  const payload: InboundWorkPayload = { channel: input.channel, eventId: input.eventId };
  await insertWork(tx, {
    id: tx.newSid('IM'),
    kind: inboundWork,
    lane: laneOf(input),
    seq: ((await lastInLane(tx, input)) ?? 0) + 1,
    payload: JSON.stringify(payload),
  });
  await settleInbound(tx, row, { outcome: 'queued' });
  return { outcome: 'queued', conversation: null, message: null, reason: null };
}
