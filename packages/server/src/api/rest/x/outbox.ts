/** For operators: what waits to go out, what failed for good and can be sent again, and what found no conversation. */
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import type { InboundEvent } from '../../../channels/events.ts';
import { textOf } from '../../../channels/message.ts';
import type { AccountActor } from '../../../core/actor.ts';
import type { Core } from '../../../core/core.ts';
import { selectUnrouted } from '../../../core/inbound/store.ts';
import { selectOutbox, selectWork } from '../../../core/outbox/store.ts';
import type { PageRequest } from '../../../core/paging.ts';
import { type PushPayload, pushWork } from '../../../core/push/plan.ts';
import { pushAgain } from '../../../core/push/settle.ts';
import type { DeliveryPayload } from '../../../core/receipts/payload.ts';
import { channelWork } from '../../../core/receipts/plan.ts';
import { sendAgain } from '../../../core/receipts/send-again.ts';
import type { InboundEventsTable, OutboxTable } from '../../../storage/schema.ts';
import { notFound } from '../../http/errors.ts';
import { queryOf } from '../../http/form-body.ts';
import { commandKey } from '../../http/idempotency.ts';
import { segmentOf } from '../../http/segment.ts';
import type { PageTokens } from '../page-tokens.ts';
import { readPage } from './page.ts';

export interface OutboxRoutes {
  core: Core;
  actor: AccountActor;
  pageTokens: PageTokens;
  /** Lets a request pass or throws. */
  authenticate: onRequestHookHandler;
}

/** What the outbox sends: copies of messages for people outside chat, and push notifications. */
const kinds = { channel: channelWork, push: pushWork } as const;
const states = ['dead', 'pending', 'waiting', 'sending'] as const;

/** Registers `/v1/x/outbox` and `/v1/x/unrouted`. */
export function registerOutbox(app: FastifyInstance, { core, actor, pageTokens, authenticate }: OutboxRoutes): void {
  const options = { onRequest: authenticate };

  app.get('/v1/x/outbox', options, async (request) => {
    const query = queryOf(request);
    const state = query.choice('state', states) ?? 'dead';
    const kind = query.choice('kind', ['channel', 'push']) ?? 'channel';
    const fetch = (page: PageRequest) => selectOutbox(core.db, kinds[kind], state, page);
    const present: (row: OutboxTable) => object = kind === 'push' ? presentPush : presentWork;
    const { items, next } = await readPage(`x/outbox ${kind} ${state}`, query, pageTokens, fetch);
    return { outbox: items.map(present), next };
  });

  app.post('/v1/x/outbox/:id/retry', options, async (request) => {
    const id = segmentOf(request, 'id');
    const row = await selectWork(core.db, id);
    if (row?.kind === pushWork) return core.run(pushAgain, actor, { id }, commandKey(request));
    if (row?.kind !== channelWork) throw notFound(request);
    const { conversation } = JSON.parse(row.payload) as DeliveryPayload;
    const { delivery } = await core.run(sendAgain, actor, { conversation, delivery: id }, commandKey(request));
    return { id: delivery };
  });

  app.get('/v1/x/unrouted', options, async (request) => {
    const fetch = (page: PageRequest) => selectUnrouted(core.db, page);
    const { items, next } = await readPage('x/unrouted', queryOf(request), pageTokens, fetch);
    return { unrouted: items.map(presentUnrouted), next };
  });
}

function presentWork(row: OutboxTable) {
  const payload = JSON.parse(row.payload) as DeliveryPayload;
  return {
    id: row.id,
    state: row.state,
    conversationSid: payload.conversation,
    messageSid: payload.message,
    from: payload.sender,
    to: payload.recipient,
    body: payload.body,
    attempts: row.attempt,
    notBefore: new Date(row.not_before).toISOString(),
    error: row.last_error === null ? null : (JSON.parse(row.last_error) as unknown),
    dateCreated: new Date(row.date_created).toISOString(),
    dateUpdated: new Date(row.date_updated).toISOString(),
  };
}

/** Without a list of devices, all that the event concerns are meant. */
function presentPush(row: OutboxTable) {
  const payload = JSON.parse(row.payload) as PushPayload;
  return {
    id: row.id,
    state: row.state,
    kind: payload.kind,
    chatServiceSid: payload.service,
    conversationSid: payload.conversation,
    messageSid: payload.message,
    bindingSids: payload.targets ?? null,
    attempts: row.attempt,
    notBefore: new Date(row.not_before).toISOString(),
    error: row.last_error === null ? null : (JSON.parse(row.last_error) as unknown),
    dateCreated: new Date(row.date_created).toISOString(),
    dateUpdated: new Date(row.date_updated).toISOString(),
  };
}

function presentUnrouted(row: InboundEventsTable) {
  const event = JSON.parse(row.payload) as Extract<InboundEvent, { type: 'message' }>;
  return {
    channel: row.sender,
    eventId: row.event_id,
    from: event.sender,
    to: event.recipient,
    body: textOf(event.parts),
    reason: row.reason,
    dateCreated: new Date(row.date_created).toISOString(),
  };
}
