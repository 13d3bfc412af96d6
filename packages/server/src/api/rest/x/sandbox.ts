/**
 * The virtual phones of the sandbox over REST: what a phone shows, what is written on it, and what shall go
 * wrong. JSON in both directions; times are ISO 8601.
 */
import { isSid, type Limits, type MediaResource } from '@colloquy/protocol';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import { z } from 'zod';
import type { Channels } from '../../../channels/open.ts';
import type { Sandbox } from '../../../channels/sandbox/sandbox.ts';
import { parseAddress, parseProxyAddress } from '../../../core/addresses.ts';
import type { Clock } from '../../../core/clock.ts';
import { describeMedia } from '../../../core/messages/media.ts';
import { refuse } from '../../../core/refusal.ts';
import { faultKinds } from '../../../core/sandbox/actions.ts';
import { mediaOfSandbox, type SandboxFault, type SandboxMessage } from '../../../core/sandbox/store.ts';
import type { MediaTable } from '../../../storage/schema/media.ts';
import { notFound } from '../../http/errors.ts';
import { queryOf } from '../../http/form-body.ts';
import { invalid } from '../../http/parameters.ts';
import { readBody } from './json-body.ts';
import { readInteger } from './query.ts';

export interface SandboxRoutes {
  channels: Pick<Channels, 'ownerOf' | 'sandbox' | 'groupTexting'>;
  clock: Clock;
  limits: Limits;
  /** Lets a request pass or throws. */
  authenticate: onRequestHookHandler;
  /** Media that was uploaded to the account. */
  findMedia: (sid: string) => Promise<MediaTable | undefined>;
  /** Where its bytes can be read without credentials for some minutes. */
  mediaLink: (request: FastifyRequest, sid: string) => string;
}

/** Below what proxies and browsers wait. */
const longestWait = 25;

/** What is written on a phone. Lengths are those that this server takes. */
function writtenForm({ messageBodyBytes, groupParticipants, mediaPerMessage, idempotencyKey }: Limits) {
  const text = z.string({ error: 'not text' });
  // The phone that writes and the number that it writes to are of the group as well.
  const mostOthers = Math.max(groupParticipants - 2, 0);
  return z.object({
    to: text,
    /** Makes it a group text: the other phones it goes to. */
    others: z.array(text).max(mostOthers, `more than ${mostOthers}`).optional(),
    /** Needless beside media. */
    body: text
      .min(1, 'empty')
      .refine((value) => Buffer.byteLength(value) <= messageBodyBytes, `more than ${messageBodyBytes} bytes`)
      .optional(),
    /** SIDs of what was uploaded to the media API. */
    media: z.array(text).max(mediaPerMessage, `more than ${mediaPerMessage}`).optional(),
    id: text.min(1, 'empty').max(idempotencyKey, 'too long').optional(),
  });
}

const wholeNumber = (min: number, max: number) =>
  z.int({ error: 'not a whole number' }).min(min, `below ${min}`).max(max, `above ${max}`);

const fault = z.object({
  kind: z.enum(faultKinds, { error: `not one of ${faultKinds.join(', ')}` }),
  count: wholeNumber(1, 1000).default(1),
  delayMs: wholeNumber(0, 24 * 60 * 60 * 1000).optional(),
  errorCode: wholeNumber(10000, 99999).optional(),
});

const readUpTo = z.object({ upTo: wholeNumber(0, Number.MAX_SAFE_INTEGER) });

/** Registers `/v1/x/sandbox/…`. Without a sandbox each of the paths is not found. */
export function registerSandbox(
  app: FastifyInstance,
  { channels, clock, limits, authenticate, findMedia, mediaLink }: SandboxRoutes,
): void {
  const base = '/v1/x/sandbox/phones/:number';
  const stopping = new AbortController();
  // Whoever waits for news would hold up the end of the server.
  app.addHook('preClose', async () => stopping.abort());
  const options = { onRequest: authenticate };
  const written = writtenForm(limits);

  const present = (request: FastifyRequest, row: SandboxMessage) =>
    presentMessage(row, (sid) => mediaLink(request, sid));

  app.get(`${base}/messages`, options, async (request, reply) => {
    const { sandbox, phone } = open(channels, request);
    const query = queryOf(request);
    const after = readInteger(query, 'after', { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 });
    const limit = readInteger(query, 'limit', { min: 1, max: 1000, otherwise: 100 });
    const wait = readInteger(query, 'wait', { min: 0, max: longestWait, otherwise: 0 });
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, stopping.signal]);
    const latest = clock.now() + wait * 1000;
    for (;;) {
      // Listens before it looks: what comes in between is news, too.
      const done = new AbortController();
      const news = sandbox.news(latest, AbortSignal.any([signal, done.signal]));
      const messages = await sandbox.messages(phone.address, after, limit);
      if (messages.length > 0 || clock.now() >= latest || signal.aborted) {
        done.abort();
        return { messages: messages.map((message) => present(request, message)) };
      }
      await news;
    }
  });

  async function filesOf(sids: readonly string[]): Promise<MediaResource[]> {
    const rows = await Promise.all(sids.map((sid) => (isSid(sid, 'ME') ? findMedia(sid) : undefined)));
    return rows.map((row, at) => {
      if (!row) throw refuse(50507, { media: sids[at] ?? '' });
      return describeMedia(row);
    });
  }

  app.post(`${base}/messages`, options, async (request, reply) => {
    const { sandbox, phone } = open(channels, request);
    const { to, others, body, media: sids = [], id } = readBody(request, written);
    const recipient = parseProxyAddress(to);
    if (!recipient.ok) throw invalid('to', recipient.reason);
    if (recipient.type !== phone.type) throw invalid('to', 'of another channel than the phone');
    if (channels.ownerOf(recipient.address) !== sandbox) throw invalid('to', 'not a number of the sandbox');
    const media = await filesOf(sids);
    if (body === undefined && media.length === 0) throw refuse(20001, { parameter: 'body' });
    const { message, routing } = await sandbox.write({
      phone: phone.address,
      recipient: recipient.address,
      others: readOthers(others, [phone.address, recipient.address], channels.groupTexting),
      body: body ?? '',
      media,
      key: id ?? null,
    });
    return reply.code(201).send({
      ...present(request, message),
      conversationSid: routing.conversation,
      messageSid: routing.message,
      reason: routing.reason,
    });
  });

  app.post(`${base}/read`, options, async (request) => {
    const { sandbox, phone } = open(channels, request);
    const { upTo } = readBody(request, readUpTo);
    if (phone.type === 'sms') throw invalid('number', 'an SMS phone, which does not report what was read');
    return { read: await sandbox.read(phone.address, upTo) };
  });

  app.get(`${base}/faults`, options, async (request) => {
    const { sandbox, phone } = open(channels, request);
    return presentFaults(await sandbox.faults(phone.address));
  });

  app.post(`${base}/faults`, options, async (request, reply) => {
    const { sandbox, phone } = open(channels, request);
    const faults = await sandbox.addFault({ phone: phone.address, ...readBody(request, fault) });
    return reply.code(201).send(presentFaults(faults));
  });

  app.delete(`${base}/faults`, options, async (request, reply) => {
    const { sandbox, phone } = open(channels, request);
    await sandbox.clearFaults(phone.address);
    return reply.code(204).send();
  });
}

function open(channels: SandboxRoutes['channels'], request: FastifyRequest) {
  const { sandbox } = channels;
  if (!sandbox) throw notFound(request);
  return { sandbox, phone: phoneOf(request) } satisfies { sandbox: Sandbox; phone: { address: string } };
}

/** The other phones of a group text, in canonical form. */
function readOthers(others: readonly string[] = [], taken: readonly string[], groupTexting: boolean): string[] {
  if (others.length > 0 && !groupTexting) throw invalid('others', 'group texting is switched off');
  const phones = others.map((raw) => {
    const parsed = parseAddress(raw);
    if (!parsed.ok) throw invalid('others', parsed.reason);
    if (parsed.type !== 'sms') throw invalid('others', 'not an SMS number');
    return parsed.address;
  });
  if (phones.length > 0 && taken.some((address) => !address.startsWith('+'))) {
    throw invalid('others', 'only SMS has group texts');
  }
  const all = [...taken, ...phones];
  if (new Set(all).size < all.length) throw invalid('others', 'a number is in it twice');
  return phones;
}

function phoneOf(request: FastifyRequest): { type: 'sms' | 'whatsapp'; address: string } {
  const parsed = parseAddress((request.params as { number: string }).number);
  if (!parsed.ok) throw invalid('number', parsed.reason);
  const { type, address } = parsed;
  if (type !== 'sms' && type !== 'whatsapp') throw invalid('number', 'neither an SMS nor a whatsapp: number');
  return { type, address };
}

function presentMessage(row: SandboxMessage, linkTo: (sid: string) => string) {
  return {
    id: row.id,
    direction: row.direction,
    from: row.sender,
    to: row.recipient,
    body: row.body,
    media: mediaOfSandbox(row).map((file) => ({ ...file, url: linkTo(file.sid) })),
    status: row.status,
    dateCreated: new Date(row.date_created).toISOString(),
  };
}

function presentFaults(rows: readonly SandboxFault[]) {
  return {
    faults: rows.map((row) => ({
      kind: row.kind,
      count: row.remaining,
      delayMs: row.delay_ms,
      errorCode: row.error_code,
    })),
  };
}
