/** For operators: what was sent to webhooks, what came of it, and sending it again. */
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { AccountActor } from '../../../core/actor.ts';
import type { Core } from '../../../core/core.ts';
import {
  deliveryStates,
  findDelivery,
  listAttempts,
  listDeliveries,
  sendDeliveryAgain,
} from '../../../core/webhooks/log.ts';
import { withRetryCount } from '../../../core/webhooks/parameters/common.ts';
import type { Parameter } from '../../../core/webhooks/parameters/parameter.ts';
import { visibleUrl } from '../../../core/webhooks/url.ts';
import type { WebhookAttemptsTable, WebhookDeliveriesTable } from '../../../storage/schema/webhooks.ts';
import { notFound } from '../../http/errors.ts';
import { queryOf } from '../../http/form-body.ts';
import { commandKey } from '../../http/idempotency.ts';
import { segmentOf } from '../../http/segment.ts';
import type { PageTokens } from '../page-tokens.ts';
import { readPage } from './page.ts';

export interface WebhookDeliveryRoutes {
  core: Core;
  actor: AccountActor;
  pageTokens: PageTokens;
  /** Lets a request pass or throws. */
  authenticate: onRequestHookHandler;
}

/** Registers `/v1/x/webhook-deliveries`. */
export function registerWebhookDeliveries(
  app: FastifyInstance,
  { core, actor, pageTokens, authenticate }: WebhookDeliveryRoutes,
): void {
  const options = { onRequest: authenticate };
  const path = '/v1/x/webhook-deliveries';

  async function require(request: FastifyRequest): Promise<WebhookDeliveriesTable> {
    const row = await findDelivery(core.db, segmentOf(request, 'id'));
    if (!row) throw notFound(request);
    return row;
  }

  app.get(path, options, async (request) => {
    const query = queryOf(request);
    const filter = {
      conversation: query.text('conversation'),
      target: query.text('target'),
      state: query.choice('state', deliveryStates),
    };
    const list = `x/webhook-deliveries ${JSON.stringify(filter)}`;
    const { items, next } = await readPage(list, query, pageTokens, (page) => listDeliveries(core.db, filter, page));
    return { deliveries: items.map(presentDelivery), next };
  });

  app.get(`${path}/:id`, options, async (request) => {
    const row = await require(request);
    const attempts = await listAttempts(core.db, row.id);
    return { ...presentDelivery(row), attempts: attempts.map((attempt) => presentAttempt(row, attempt)) };
  });

  app.post(`${path}/:id/retry`, options, async (request) => {
    const { id, event_id } = await require(request);
    const [stream = ''] = event_id.split('.', 1);
    return core.run(sendDeliveryAgain, actor, { stream, delivery: id }, commandKey(request));
  });
}

function presentDelivery(row: WebhookDeliveriesTable) {
  return {
    id: row.id,
    state: row.state,
    event: row.event,
    eventId: row.event_id,
    target: row.target,
    serviceSid: row.service_sid,
    conversationSid: row.conversation_sid,
    method: row.method,
    url: visibleUrl(row.url),
    parameters: Object.fromEntries(JSON.parse(row.parameters) as Parameter[]),
    attemptCount: row.attempts,
    dateCreated: new Date(row.date_created).toISOString(),
    dateUpdated: new Date(row.date_updated).toISOString(),
  };
}

/** The signature is left out, and so are user and password of the URL. */
function presentAttempt(row: WebhookDeliveriesTable, attempt: WebhookAttemptsTable) {
  const parameters = withRetryCount(JSON.parse(row.parameters) as Parameter[], attempt.retry_count);
  return {
    number: attempt.number,
    date: new Date(attempt.date_created).toISOString(),
    request: {
      method: attempt.method,
      url: visibleUrl(attempt.url),
      headers: {
        'I-Twilio-Idempotency-Token': row.id,
        'X-Colloquy-Event-Id': row.event_id,
        ...(attempt.method === 'POST' && { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' }),
      },
      parameters: Object.fromEntries(parameters),
    },
    answer: attempt.status === null ? null : { status: attempt.status, body: attempt.answer },
    error: attempt.error,
    durationMs: attempt.duration,
  };
}
