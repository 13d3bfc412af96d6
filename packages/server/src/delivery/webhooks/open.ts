import { webhookWork } from '../../core/webhooks/deliveries.ts';
import type { Outgoing } from '../http/outgoing.ts';
import { type DeliveryContext, Dispatcher } from '../outbox.ts';
import { WebhookDeliveries } from './webhook-deliveries.ts';

export interface WebhooksOptions extends DeliveryContext {
  outgoing: Pick<Outgoing, 'send'>;
  authToken: string;
}

/** Requests at a time: several times what one origin gets, so that one that hangs leaves room for others. */
const concurrency = 256;
/** Several times what an attempt may take. */
const leaseMs = 60_000;

/** Sets the delivery of webhooks to work, beginning with what the last run of the server left. */
export function openWebhooks({ outgoing, authToken, ...context }: WebhooksOptions): Dispatcher {
  const handler = new WebhookDeliveries({ ...context, outgoing, authToken, random: Math.random, leaseMs });
  const dispatcher = new Dispatcher({ ...context, kind: webhookWork, handler, concurrency, leaseMs });
  dispatcher.start();
  return dispatcher;
}
