/**
 * The `Idempotency-Key` header of POST requests: ours, and harmless to programs that do not know it. It works for every
 * POST below `/v1`, whatever the operation is.
 *
 * The change and its result are stored in one transaction, under the key (`core/idempotency.ts`), so that a request
 * whose answer was lost does not happen twice. The answer as it went out is stored beside them, before it goes out:
 * a repetition gets the same bytes, also when what they are about has changed or gone meanwhile. In the moment between
 * the two, a crash leaves the result without the answer; then the operation runs again, its change does not, and the
 * answer is made from the stored result.
 */
import { hash } from 'node:crypto';
import { limits, type Sid } from '@colloquy/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { findAnswer, type IdempotencyKey, keepAnswer } from '../../core/idempotency.ts';
import { refuse } from '../../core/refusal.ts';
import { replayedHeader } from './cors.ts';
import { invalid } from './parameters.ts';

const jsonType = 'application/json; charset=utf-8';
const keyForm = new RegExp(`^[\\x21-\\x7e]{1,${limits.idempotencyKey}}$`);

interface Answer {
  status: number;
  /** As it was sent. */
  body: string;
}

interface KeyedRequest {
  key: Required<IdempotencyKey>;
  /** How many commands have run for it. */
  commands: number;
  /** Lets those go on that wait with the same key. */
  release: () => void;
}

const keyedRequests = new WeakMap<FastifyRequest, KeyedRequest>();

/**
 * The key under which the next command of a request has to run, when the request brought one. Each command has its
 * own, in their order: a repetition goes on after the last one that happened.
 */
export function commandKey(request: FastifyRequest): IdempotencyKey | undefined {
  const keyed = keyedRequests.get(request);
  if (!keyed) return undefined;
  keyed.commands += 1;
  const { scope, key, request: digest } = keyed.key;
  return { scope: keyed.commands === 1 ? scope : `${scope} ${keyed.commands}`, key, request: digest };
}

/** Answers repeated POST requests as they were answered first. */
export function answerRepetitions(app: FastifyInstance, core: Core, account: Sid<'AC'>): void {
  const underWay = new Map<string, Promise<void>>();

  app.addHook('preHandler', async (request, reply) => {
    const text = request.headers['idempotency-key'];
    if (text === undefined || request.method !== 'POST' || !request.url.startsWith('/v1/')) return;
    // Several of them arrive as one with commas and blanks between.
    if (typeof text !== 'string' || !keyForm.test(text)) {
      throw invalid('Idempotency-Key', `not 1 to ${limits.idempotencyKey} visible ASCII characters without blanks`);
    }
    const key = { scope: scopeOf(request, account), key: text, request: digestOf(request) };
    const name = `${key.scope} ${text}`;
    for (let other = underWay.get(name); other; other = underWay.get(name)) await other;
    const { promise, resolve } = Promise.withResolvers<void>();
    underWay.set(name, promise);
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      underWay.delete(name);
      resolve();
    };
    const known = await findAnswer(core.db, key);
    if (known && known.input !== key.request) {
      release();
      throw refuse(20409, { reason: 'this idempotency key was used for another request' });
    }
    if (known) reply.header(replayedHeader, 'true');
    if (known?.answer) {
      release();
      const { status, body } = JSON.parse(known.answer) as Answer;
      return reply.code(status).type(jsonType).send(body);
    }
    keyedRequests.set(request, { key, commands: 0, release });
  });

  // Whoever hangs up may never be answered. His change, if it comes to that, still happens once.
  app.addHook('onRequestAbort', async (request) => keyedRequests.get(request)?.release());

  app.addHook('onSend', async (request, reply, payload) => {
    const keyed = keyedRequests.get(request);
    if (!keyed) return payload;
    keyedRequests.delete(request);
    try {
      const { statusCode: status } = reply;
      const body = payload ?? '';
      if (status >= 200 && status < 300 && typeof body === 'string') {
        const answer = JSON.stringify({ status, body } satisfies Answer);
        await core.run(keepAnswer, { kind: 'system', account }, { ...keyed.key, answer });
      }
    } catch (error) {
      // It has happened, and the caller should know. Only the bytes of this answer cannot be promised again.
      request.log.error({ error }, 'an answer could not be kept for its repetition');
    } finally {
      keyed.release();
    }
    return payload;
  });
}

/** Whose key it is: the account's, or that of whoever else an operation let in. Nobody gets another's answer. */
function scopeOf({ headers }: FastifyRequest, account: string): string {
  const { authorization = '', 'x-twilio-token': token = '' } = headers;
  if (/^basic /i.test(authorization)) return account;
  return `${account} ${hash('sha256', `${authorization} ${token}`, 'base64url')}`;
}

/**
 * What makes two requests the same: method, path with query, and body. An upload is not read for it: its type and size
 * stand for it, without the boundary of a form, which is another one each time.
 */
function digestOf({ method, url, body, headers }: FastifyRequest): string {
  const upload = `${headers['content-type']?.split(';', 1)[0]} ${headers['content-length']}`;
  const read = body !== undefined && body !== null && !isStream(body);
  const content = Buffer.isBuffer(body) ? body : Buffer.from(read ? JSON.stringify(body) : upload);
  return hash('sha256', Buffer.concat([Buffer.from(`${method} ${url}\n`), content]), 'base64url');
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'pipe' in body;
}
