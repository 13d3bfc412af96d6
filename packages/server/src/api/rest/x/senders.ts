/** Own addresses at providers over REST: what they are configured with, how they do, and what they are told to do. */
import type { Sid } from '@colloquy/protocol';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import { z } from 'zod';
import type { Capabilities } from '../../../channels/message.ts';
import { describeConfiguration, secretsOf } from '../../../channels/senders/configuration.ts';
import { SenderKeeper } from '../../../channels/senders/keeper.ts';
import type { SenderChannels } from '../../../channels/senders/sender-channels.ts';
import type { AccountActor } from '../../../core/actor.ts';
import { conversationBySid } from '../../../core/conversations/store.ts';
import type { Core } from '../../../core/core.ts';
import type { PageRequest } from '../../../core/paging.ts';
import { refuse } from '../../../core/refusal.ts';
import { deleteSender, moveSender } from '../../../core/senders/actions.ts';
import { findSender, listSenders, type Sender, type ShownSender } from '../../../core/senders/store.ts';
import type { Vault } from '../../../storage/vault.ts';
import { notFound } from '../../http/errors.ts';
import { queryOf } from '../../http/form-body.ts';
import { commandKey } from '../../http/idempotency.ts';
import { publicUrlOf } from '../../http/public-url.ts';
import { segmentOf } from '../../http/segment.ts';
import type { PageTokens } from '../page-tokens.ts';
import { readBody } from './json-body.ts';
import { readPage } from './page.ts';

export interface SenderRoutes {
  core: Core;
  actor: AccountActor;
  vault: Vault;
  senders: SenderChannels;
  publicUrl: string | null;
  pageTokens: PageTokens;
  /** Lets a request pass or throws. */
  authenticate: onRequestHookHandler;
}

const text = z.string({ error: 'not text' });
const friendlyName = text.nullable().optional();
const addresses = z.array(text.max(256, 'longer than 256 characters'), { error: 'not a list' }).optional();
const fields = z.record(z.string(), z.unknown(), { error: 'not an object' });
const check = z.boolean({ error: 'not true or false' }).default(true);

const newSender = z.strictObject({ type: text, friendlyName, addresses, config: fields, check });
const changedSender = z.strictObject({ friendlyName, addresses, config: fields.optional(), check });
const newLink = z.strictObject({ conversation: text.max(34, 'longer than 34 characters') });
const pause = z.strictObject({ reason: text.max(500, 'longer than 500 characters').optional() });

/** Registers `/v1/x/senders`. */
export function registerSenders(app: FastifyInstance, routes: SenderRoutes): void {
  const { core, actor, vault, senders, pageTokens, authenticate } = routes;
  const options = { onRequest: authenticate };
  const keeper = new SenderKeeper({ core, vault, channels: senders, account: actor.account as Sid<'AC'> });

  async function senderOf(request: FastifyRequest): Promise<Sender> {
    const sender = await findSender(core.db, actor.account, segmentOf(request, 'sid'));
    if (!sender) throw notFound(request);
    return sender;
  }
  /** Those of the configuration file are changed there: the next start would undo what is changed here. */
  async function changeable(request: FastifyRequest): Promise<Sender> {
    const sender = await senderOf(request);
    if (sender.source === null) return sender;
    throw refuse(20409, { reason: `the configuration file has this sender, as ${JSON.stringify(sender.source)}` });
  }
  const present = (request: FastifyRequest, sender: Sender) =>
    presentSender(sender, secretsOf(vault, sender), routes, request);
  /** The channel of a sender that was just changed is at work when the caller hears of it. */
  const whenAtWork = async (request: FastifyRequest, sender: ShownSender, notes: readonly string[] = []) => {
    await senders.refresh();
    // An answer that is given again may be about one that is gone.
    const kept = await findSender(core.db, actor.account, sender.sid);
    const secrets = kept ? secretsOf(vault, kept) : [];
    return { ...presentSender(sender, secrets, routes, request), ...(notes.length > 0 && { notes }) };
  };

  app.get('/v1/x/sender-types', options, async () => ({
    types: senders.modules.map((module) => ({
      type: module.type,
      title: module.title,
      secrets: module.secrets,
      config: describeConfiguration(module),
    })),
  }));

  app.get('/v1/x/senders', options, async (request) => {
    const fetch = (page: PageRequest) => listSenders(core.db, actor.account, page);
    const { items, next } = await readPage('x/senders', queryOf(request), pageTokens, fetch);
    return { senders: items.map((sender) => present(request, sender)), next };
  });

  app.post('/v1/x/senders', options, async (request, reply) => {
    // What the others mean depends on it.
    const { type: asked } = (request.body ?? {}) as { type?: unknown };
    if (typeof asked === 'string') keeper.moduleOf(asked);
    const { type, ...order } = readBody(request, newSender);
    const { sender, notes } = await keeper.create(type, order, null, commandKey(request));
    return reply.code(201).send(await whenAtWork(request, sender, notes));
  });

  app.get('/v1/x/senders/:sid', options, async (request) => present(request, await senderOf(request)));

  app.post('/v1/x/senders/:sid', options, async (request) => {
    const change = readBody(request, changedSender);
    const { sender, notes } = await keeper.update(await changeable(request), change, commandKey(request));
    return whenAtWork(request, sender, notes);
  });

  app.delete('/v1/x/senders/:sid', options, async (request, reply) => {
    const { sid } = await changeable(request);
    await core.run(deleteSender, actor, { sender: sid }, commandKey(request));
    await senders.refresh();
    return reply.code(204).send();
  });

  app.post('/v1/x/senders/:sid/pause', options, async (request) => {
    const { reason = null } = readBody(request, pause);
    const { sid } = await senderOf(request);
    const move = { sender: sid, state: 'paused', reason } as const;
    return whenAtWork(request, await core.run(moveSender, actor, move, commandKey(request)));
  });

  app.post('/v1/x/senders/:sid/resume', options, async (request) => {
    const { sid } = await senderOf(request);
    const move = { sender: sid, state: 'active', reason: null } as const;
    return whenAtWork(request, await core.run(moveSender, actor, move, commandKey(request)));
  });

  app.post('/v1/x/senders/:sid/links', options, async (request) => {
    const { conversation } = readBody(request, newLink);
    const { sid } = await senderOf(request);
    const channel = senders.channelOf(sid);
    if (!channel?.linkInto) throw refuse(20422, { parameter: 'sid', reason: 'its channel has no such links' });
    const row = await core.db.first(conversationBySid, { sid: conversation });
    if (row?.account_sid !== actor.account || row.state === 'closed') {
      throw refuse(20422, { parameter: 'conversation', reason: 'no open conversation' });
    }
    return { url: channel.linkInto(conversation) };
  });

  app.post('/v1/x/senders/:sid/check', options, async (request) => {
    const answer = await keeper.check(await senderOf(request));
    return { reason: null, addresses: [], notes: [], ...answer };
  });
}

/** @param secrets names of those that it has */
function presentSender(
  sender: ShownSender,
  secrets: readonly string[],
  { senders, publicUrl }: SenderRoutes,
  request: FastifyRequest,
) {
  const base = publicUrlOf(request.raw, publicUrl);
  return {
    sid: sender.sid,
    type: sender.type,
    friendlyName: sender.friendly_name,
    addresses: sender.addresses,
    config: JSON.parse(sender.config) as object,
    secrets,
    source: sender.source,
    state: sender.state,
    reason: sender.reason,
    health: { reason: null, ...senders.healthOf(sender) },
    capabilities: (senders.channelOf(sender.sid)?.capabilities ?? null) satisfies Capabilities | null,
    webhookUrl: `${base}/v1/x/senders/${sender.sid}/webhook`,
    dateCreated: new Date(sender.date_created).toISOString(),
    dateUpdated: new Date(sender.date_updated).toISOString(),
  };
}
