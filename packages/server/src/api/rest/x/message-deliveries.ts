import { isSid } from '@colloquy/protocol';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import type { AccountActor } from '../../../core/actor.ts';
import { conversationBySid } from '../../../core/conversations/store.ts';
import type { Core } from '../../../core/core.ts';
import { receivedEvent } from '../../../core/inbound/store.ts';
import { findMessage } from '../../../core/messages/actions.ts';
import { readersOf } from '../../../core/messages/readers.ts';
import { selectWork } from '../../../core/outbox/store.ts';
import { type AttemptRecord, selectAttempts } from '../../../core/receipts/attempts.ts';
import { copiesOf } from '../../../core/receipts/copies.ts';
import { deliveriesOfEvents, listAttempts } from '../../../core/webhooks/log.ts';
import { notFound } from '../../http/errors.ts';

export interface MessageDeliveriesRoutes {
  core: Core;
  actor: AccountActor;
  /** Connections of each user at this server that hear of a conversation now, by the user's SID. */
  audience: (conversation: string) => ReadonlyMap<string, number>;
  /** Lets a request pass or throws. */
  authenticate: onRequestHookHandler;
}

/** More attempts than a message can have without somebody looking into it. */
const mostAttempts = 1000;

/** The life of one message: where it came from, what webhooks were told, each copy's attempts, and who hears of it here. */
export function registerMessageDeliveries(app: FastifyInstance, routes: MessageDeliveriesRoutes): void {
  const { core, actor, audience, authenticate } = routes;
  const path = '/v1/x/conversations/:conversation/messages/:message/deliveries';

  app.get(path, { onRequest: authenticate }, async (request) => {
    const { conversation: sid, message: ref } = request.params as { conversation: string; message: string };
    if (!isSid(sid, 'CH') || !isSid(ref, 'IM')) throw notFound(request);
    const conversation = await core.db.first(conversationBySid, { sid });
    const message = await findMessage(core.db, sid, ref);
    if (conversation?.account_sid !== actor.account || !message) throw notFound(request);
    const copies = await copiesOf(core.db, message.sid);
    const attempts = await selectAttempts(core.db, message.sid, mostAttempts);
    const positions = [message, ...copies].flatMap((row) => [row.created_position, row.position]);
    const heard = audience(sid);
    return {
      messageSid: message.sid,
      index: message.idx,
      accepted: iso(message.date_created),
      origin: await originOf(message.sid),
      webhooks: await webhooksOf(sid, positions),
      copies: await Promise.all(copies.map((copy) => presentCopy(copy, attempts))),
      readers: (await readersOf(core.db, sid)).map(({ identity, user_sid: user, last_read_message_index: read }) => ({
        identity,
        connections: heard.get(user ?? '') ?? 0,
        read: (read ?? -1) >= message.idx,
      })),
    };
  });

  /** The report that brought it; null for what was written here. */
  async function originOf(message: string) {
    const event = await receivedEvent(core.db, message);
    if (!event) return null;
    return {
      channel: event.sender,
      eventId: event.event_id,
      providerId: event.provider_id,
      taken: iso(event.date_created),
    };
  }

  async function webhooksOf(conversation: string, positions: readonly number[]) {
    const ids = [...new Set(positions)].map((position) => `${conversation}.${position}`);
    const rows = await deliveriesOfEvents(core.db, conversation, ids);
    return Promise.all(
      rows.map(async (row) => ({
        id: row.id,
        event: row.event,
        target: row.target,
        state: row.state,
        attempts: (await listAttempts(core.db, row.id)).map((attempt) => ({
          number: attempt.number,
          status: attempt.status,
          error: attempt.error,
          dateCreated: iso(attempt.date_created),
        })),
      })),
    );
  }

  async function presentCopy(copy: Awaited<ReturnType<typeof copiesOf>>[number], attempts: AttemptRecord[]) {
    const work = await selectWork(core.db, copy.delivery_id);
    return {
      receiptSid: copy.sid,
      participantSid: copy.participant_sid,
      address: copy.address,
      proxyAddress: copy.proxy_address,
      channelMessageSid: copy.channel_message_sid,
      status: copy.status ?? 'queued',
      errorCode: copy.error_code,
      // What has left the outbox is the provider's.
      state: work?.state ?? 'handed-over',
      nextAttempt: work?.state === 'pending' ? iso(work.not_before) : null,
      attempts: attempts.filter(({ receipt_sid }) => receipt_sid === copy.sid).map(presentAttempt),
    };
  }
}

function presentAttempt(row: AttemptRecord) {
  return {
    deliveryId: row.delivery_id,
    attempt: row.attempt,
    piece: row.piece,
    pieces: row.pieces,
    channel: row.channel,
    outcome: row.outcome,
    providerId: row.provider_id,
    error: row.kind === null ? null : { kind: row.kind, code: row.code, message: row.message },
    changes: row.changes === null ? [] : (JSON.parse(row.changes) as string[]),
    repeated: row.repeated,
    dateCreated: iso(row.date_created),
    dateUpdated: iso(row.date_updated),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
