/** Where providers report: what they sign is theirs to know, so this door asks for no credentials of ours. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Channel, WebhookRequest } from '../../../channels/channel.ts';
import type { InboundEvent } from '../../../channels/events.ts';
import type { SenderChannels } from '../../../channels/senders/sender-channels.ts';
import { BodyRoom } from '../../http/body-room.ts';
import { notFound } from '../../http/errors.ts';
import { publicUrlOf } from '../../http/public-url.ts';
import { segmentOf } from '../../http/segment.ts';

export interface SenderWebhookRoutes {
  senders: SenderChannels;
  publicUrl: string | null;
  logger: Logger;
  /** Takes events of a channel in: see `Host.ingest`. */
  ingest(channel: string, events: readonly InboundEvent[]): Promise<unknown>;
}

/** The largest that a provider says it sends (Meta). */
const largestBody = 3 * 1024 * 1024;

/** A channel that providers report to by a webhook. */
type Reachable = Channel & Required<Pick<Channel, 'webhook'>>;

/** Registers `/v1/x/senders/{sid}/webhook`. */
export function registerSenderWebhooks(app: FastifyInstance, routes: SenderWebhookRoutes): void {
  const { senders, publicUrl, logger, ingest } = routes;
  const bodies = new BodyRoom();

  /** Whom a request reports to. */
  function channelOf(request: FastifyRequest): Reachable {
    const channel = senders.channelOf(segmentOf(request, 'sid'));
    if (!channel?.webhook) throw notFound(request);
    return channel as Reachable;
  }

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const channel = channelOf(request);
    const asked = webhookRequestOf(request, publicUrl);
    const { status, headers = {}, body = '', events } = await channel.webhook(asked);
    if (events.length > 0) await ingest(channel.name, events);
    else if (status >= 400) logger.warn({ sender: channel.name, status }, 'a report to a sender was turned away');
    return reply.code(status).headers(headers).send(body);
  }

  app.register(async (scope) => {
    // Signatures are made over bytes: whatever it says it is, it stays what it was.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: largestBody }, (_request, body, done) =>
      done(null, body),
    );
    // Who it is that reports is found out from the body, so strangers may send as many as they like.
    scope.addHook('onRequest', async (request, reply) => {
      channelOf(request);
      bodies.enter(request, reply, largestBody);
    });
    const path = '/v1/x/senders/:sid/webhook';
    scope.get(path, answer);
    // Providers repeat their reports under ids of their own.
    scope.post(path, { bodyLimit: largestBody, config: { knowsRepetitions: true } }, answer);
  });
}

function webhookRequestOf(request: FastifyRequest, publicUrl: string | null): WebhookRequest {
  const url = publicUrlOf(request.raw, publicUrl) + request.url;
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ]);
  return {
    method: request.method as 'GET' | 'POST',
    url,
    query: new URLSearchParams(request.url.split('?').slice(1).join('?')),
    headers: Object.fromEntries(headers) as WebhookRequest['headers'],
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
}
