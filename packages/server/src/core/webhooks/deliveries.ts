/** The delivery log and the outbox work behind it: every request to a webhook is a row here, from when it is planned. */
import { prepare } from '../../storage/db.ts';
import type { WebhookDeliveriesTable } from '../../storage/schema/webhooks.ts';
import { insertWork } from '../outbox/add.ts';
import type { Transaction } from '../transaction.ts';
import type { AfterEvent } from './event-names.ts';
import type { Parameter } from './parameters/parameter.ts';

/** The kind of outbox work that calls webhooks. Its id is that of the delivery. */
export const webhookWork = 'webhook';

const insertDelivery = prepare((sql, p: WebhookDeliveriesTable) =>
  sql.insertInto('webhook_deliveries').values({
    id: p.id,
    target: p.target,
    service_sid: p.service_sid,
    conversation_sid: p.conversation_sid,
    event_id: p.event_id,
    event: p.event,
    url: p.url,
    method: p.method,
    parameters: p.parameters,
    state: p.state,
    attempts: p.attempts,
    date_created: p.date_created,
    date_updated: p.date_updated,
  }),
);

/** Where a request goes. */
export interface Target {
  /** SID of the account, the service or the conversation webhook. */
  sid: string;
  url: string;
  method: string;
}

export interface PlannedDelivery {
  target: Target;
  service: string;
  /** Of the conversation or the user. */
  stream: string;
  /** Of the change in that stream. */
  position: number;
  event: AfterEvent;
  parameters: readonly Parameter[];
}

/**
 * What one webhook is told of one conversation or user comes in order. A change of state shares its position with
 * the update that it is part of, and follows it.
 */
export function laneOf(stream: string, target: string): string {
  return `${stream}/${target}`;
}

export function seqOf(position: number, event: AfterEvent): number {
  return position * 2 + (event === 'onConversationStateUpdated' ? 1 : 0);
}

/** Plans a request. Whoever calls it holds the lock on the stream's owner. */
export async function planDelivery(tx: Transaction, planned: PlannedDelivery): Promise<void> {
  const { target, service, stream, position, event, parameters } = planned;
  const id = newDeliveryId(tx);
  const row = {
    id,
    target: target.sid,
    service_sid: service,
    conversation_sid: stream.startsWith('CH') ? stream : null,
    event_id: `${stream}.${position}`,
    event,
    url: target.url,
    method: target.method,
    parameters: JSON.stringify(parameters),
    state: 'pending',
    attempts: 0,
    date_created: tx.now,
    date_updated: tx.now,
  };
  tx.later(tx.run(insertDelivery, row));
  await insertWork(tx, {
    id,
    kind: webhookWork,
    lane: laneOf(stream, target.sid),
    seq: seqOf(position, event),
    payload: '{}',
  });
}

/** Time-ordered, in the form of a UUID. */
function newDeliveryId(tx: Transaction): string {
  const digits = tx.newSid('WH').slice(2);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
