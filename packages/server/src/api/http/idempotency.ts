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
import { createHmac, hash } from 'node:crypto';
import { limits, type Sid } from '@colloquy/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Core } from '../../core/core.ts';
import { findAnswer, type IdempotencyKey, keepAnswer } from '../../core/idempotency.ts';
import { refuse } from '../../core/refusal.ts';
import { isBelowV1 } from './below-v1.ts';
import { replayedHeader } from './cors.ts';
import { invalid } from './parameters.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Has the route a way of its own to know repeated requests? */
    knowsRepetitions?: boolean;
  }
}

const jsonType = 'application/json; charset=utf-8';
const keyForm = new RegExp(`^[\\x21-\\x7e]{1,${limits.idempotencyKey}}$`);

interface Answer {
  status: number;
  /** As it was sent. */
  body: string;
}

interface KeyedRequest {
  key: Required<Omit<IdempotencyKey, 'after'>>;
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

/**
 * Answers repeated POST requests as they were answered first.
 *
 * @param secret bodies may hold passwords: who sees what is kept of them shall not find them by trying
 */
export function answerRepetitions(app: FastifyInstance, core: Core, account: Sid<'AC'>, secret: string): void {
  const waiting = new Turns();

  // With callbacks: nearly all requests come without a key, and should not wait for a promise.
  app.addHook('preHandler', (request, reply, done) => {
    const text = request.headers['idempotency-key'];
    if (text === undefined || request.method !== 'POST' || !isBelowV1(request)) return done();
    if (request.routeOptions.config.knowsRepetitions) return done();
    begin(request, reply, text).then((answered) => {
      if (!answered) done();
    }, done);
  });

  app.addHook('onSend', (request, reply, payload, done) => {
    const keyed = keyedRequests.get(request);
    if (!keyed) return done(null, payload);
    keyedRequests.delete(request);
    keep(request, reply, payload, keyed).then(() => done(null, payload), done);
  });

  /** @returns whether it is a repetition, and answered by that */
  async function begin(request: FastifyRequest, reply: FastifyReply, text: string | string[]): Promise<boolean> {
    // Several of them arrive as one with commas and blanks between.
    if (typeof text !== 'string' || !keyForm.test(text)) {
      throw invalid('Idempotency-Key', `not 1 to ${limits.idempotencyKey} visible ASCII characters without blanks`);
    }
    const key = { scope: scopeOf(request, account), key: text, request: digestOf(request, secret) };
    const release = await waiting.turn(`${key.scope} ${text}`);
    try {
      const known = await findAnswer(core.db, key);
      if (known && known.input !== key.request) {
        throw refuse(20409, { reason: 'this idempotency key was used for another request' });
      }
      if (known) reply.header(replayedHeader, 'true');
      if (known?.answer) {
        release();
        const { status, body } = JSON.parse(known.answer) as Answer;
        reply.code(status).type(jsonType).send(body);
        return true;
      }
    } catch (error) {
      release();
      throw error;
    }
    keyedRequests.set(request, { key, commands: 0, release });
    // Whoever hangs up may never be answered. His change, if it comes to that, still happens once.
    reply.raw.once('close', release);
    return false;
  }

  async function keep(request: FastifyRequest, reply: FastifyReply, payload: unknown, keyed: KeyedRequest) {
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
  }
}

/** Lets one at a time go on with a name. */
class Turns {
  readonly #underWay = new Map<string, Promise<void>>();

  /** Waits for the turn. @returns what ends it, and may be called more than once */
  async turn(name: string): Promise<() => void> {
    for (let other = this.#underWay.get(name); other; other = this.#underWay.get(name)) await other;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#underWay.set(name, promise);
    return () => {
      if (this.#underWay.get(name) === promise) this.#underWay.delete(name);
      resolve();
    };
  }
}

/**
 * Whose key it is: the account's, or that of whoever else an operation let in. Nobody gets another's answer. Where a
 * token comes, it may have been what let him in, and the credentials beside it are anything.
 */
function scopeOf({ headers }: FastifyRequest, account: string): string {
  const { authorization = '', 'x-twilio-token': token = '' } = headers;
  if (token === '' && /^basic /i.test(authorization)) return account;
  return `${account} ${hash('sha256', `${authorization} ${token}`, 'base64url')}`;
}

/**
 * What makes two requests the same: method, path with query, and body. An upload is not read for it: its type and size
 * stand for it, without the boundary of a form, which is another one each time.
 */
function digestOf({ method, url, body, headers }: FastifyRequest, secret: string): string {
  const upload = `${headers['content-type']?.split(';', 1)[0]} ${headers['content-length']}`;
  const read = body !== undefined && body !== null && !isStream(body);
  const content = Buffer.isBuffer(body) ? body : Buffer.from(read ? JSON.stringify(body) : upload);
  return createHmac('sha256', secret).update(`${method} ${url}\n`).update(content).digest('base64url');
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'pipe' in body;
}
