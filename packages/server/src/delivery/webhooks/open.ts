import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Bus } from '../../bus/bus.ts';
import type { Scheduler } from '../../core/clock.ts';
import type { Core } from '../../core/core.ts';
import { webhookWork } from '../../core/webhooks/deliveries.ts';
import type { Outgoing } from '../http/outgoing.ts';
import { Dispatcher } from '../outbox.ts';
import { WebhookDeliveries } from './webhook-deliveries.ts';

export interface WebhooksOptions {
  core: Core;
  bus: Bus;
  outgoing: Pick<Outgoing, 'send'>;
  clock: Scheduler;
  logger: Logger;
  account: Sid<'AC'>;
  authToken: string;
}

/** Requests at a time: several times what one origin gets, so that one that hangs leaves room for others. */
const concurrency = 256;
/** Several times what an attempt may take. */
const leaseMs = 60_000;

/** Sets the delivery of webhooks to work, beginning with what the last run of the server left. */
export function openWebhooks({ bus, ...options }: WebhooksOptions): Dispatcher {
  const handler = new WebhookDeliveries({ ...options, random: Math.random });
  const { core, clock, logger, account } = options;
  const dispatcher = new Dispatcher({
    core,
    bus,
    clock,
    logger,
    account,
    kind: webhookWork,
    handler,
    concurrency,
    leaseMs,
  });
  dispatcher.start();
  return dispatcher;
}
