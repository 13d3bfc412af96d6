import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Scheduler } from '../../core/clock.ts';
import type { Core } from '../../core/core.ts';
import { finishWork, type Settled, type Work } from '../../core/outbox/actions.ts';
import { type Destination, destinationOf } from '../../core/webhooks/destination.ts';
import { findDelivery } from '../../core/webhooks/log.ts';
import { withRetryCount } from '../../core/webhooks/parameters/common.ts';
import type { Parameter } from '../../core/webhooks/parameters/parameter.ts';
import { type Replay, replayPiece } from '../../core/webhooks/replay.ts';
import { type Attempt, type SettleDelivery, settleDelivery } from '../../core/webhooks/settle.ts';
import type { WebhookDeliveriesTable } from '../../storage/schema/webhooks.ts';
import type { Watch } from '../../telemetry/watch.ts';
import { type Outgoing, type OutgoingAnswer, statusClassOf } from '../http/outgoing.ts';
import { SendFailure } from '../http/send-failure.ts';
import type { Hands, WorkHandler } from '../outbox.ts';
import { OriginHealth } from './origin-health.ts';
import { overridesOf } from './overrides.ts';
import { webhookRequest } from './request.ts';
import { attemptsFor, defaultTimeout, isDelivered, keptTrying, mayRetry, type Result, waitAfter } from './retry.ts';

/** The answer is for nobody but the log. */
const maxAnswerBytes = 1024 * 1024;
const excerptLength = 1000;

export interface WebhookDeliveriesOptions {
  core: Core;
  outgoing: Pick<Outgoing, 'send'>;
  clock: Scheduler;
  logger: Logger;
  account: Sid<'AC'>;
  /** Signs the requests. */
  authToken: string;
  /** From 0 to 1; tests give their own. */
  random: () => number;
  /** How long work is leased, in milliseconds. */
  leaseMs: number;
  watch?: Watch | undefined;
}

/** An attempt with what follows from it. */
interface Outcome {
  attempt: Attempt;
  result: Result;
  retryAfter?: string | undefined;
}

/** Calls webhooks, and settles what comes of it. */
export class WebhookDeliveries implements WorkHandler {
  readonly #options: WebhookDeliveriesOptions;
  readonly #actor: { kind: 'system'; account: Sid<'AC'> };
  readonly #health: OriginHealth;

  constructor(options: WebhookDeliveriesOptions) {
    this.#options = options;
    this.#actor = { kind: 'system', account: options.account };
    this.#health = new OriginHealth(options.clock);
  }

  async handle(work: Work, signal: AbortSignal, hands?: Hands): Promise<void> {
    const { core, clock, logger } = this.#options;
    const found = await this.#find(work);
    if (!found) return;
    const { delivery, destination } = found;
    if (work.attempt > 1 && clock.now() >= delivery.date_created + keptTrying) {
      const { held } = await this.#end(work, 'dead');
      const { lastError: error } = work;
      if (held) logger.warn({ ...namesOf(delivery), error }, 'a webhook was not reached within a day');
      return;
    }
    const { origin } = new URL(destination.url);
    const notBefore = await this.#health.begin(origin);
    if (notBefore !== undefined) {
      await core.run(settleDelivery, this.#actor, { ...claimed(work), state: 'pending', notBefore });
      return;
    }
    let answered: boolean | undefined;
    try {
      const outcome = await this.#call(work, delivery, destination, signal);
      // The server stops, or others may have the work by now: what was cut off counts for nothing.
      const isCutOff = signal.aborted && !isAnswer(outcome.result);
      answered = isCutOff ? undefined : isAnswer(outcome.result);
      if (isCutOff) await core.run(settleDelivery, this.#actor, { ...claimed(work), state: 'pending' });
      else await this.#settle(work, delivery, destination, outcome, hands);
    } finally {
      this.#health.end(origin, answered);
    }
  }

  async recover(work: Work, signal: AbortSignal): Promise<void> {
    if ('replay' in JSON.parse(work.payload)) return this.handle(work, signal);
    const found = await this.#find(work);
    if (!found) return;
    const error = 'The process that made the attempt ended before it had the answer.';
    const { delivery, destination } = found;
    const retryCount = work.attempt - 1;
    const at = this.#options.clock.now();
    const attempt = { ...destination, retryCount, status: null, answer: null, error, duration: null, at };
    await this.#settle(work, delivery, destination, { attempt, result: { failure: 'lost' } });
  }

  /** What the work is about. Undefined when it was not about a request, or there is no need for one any more: then that is settled. */
  async #find(work: Work): Promise<{ delivery: WebhookDeliveriesTable; destination: Destination } | undefined> {
    const { core } = this.#options;
    const { replay } = JSON.parse(work.payload) as { replay?: Replay };
    if (replay) {
      await core.run(replayPiece, this.#actor, { ...replay, id: work.id, lease: work.lease });
      return undefined;
    }
    const delivery = await findDelivery(core.db, work.id);
    if (!delivery) {
      await core.run(finishWork, this.#actor, work);
      return undefined;
    }
    const destination = await destinationOf(core.db, delivery);
    if (!destination) {
      await this.#end(work, 'dropped');
      return undefined;
    }
    return { delivery, destination };
  }

  async #call(
    work: Work,
    delivery: WebhookDeliveriesTable,
    destination: Destination,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { clock, outgoing, authToken, watch } = this.#options;
    const at = clock.now();
    const parameters = withRetryCount(JSON.parse(delivery.parameters) as Parameter[], work.attempt - 1);
    const request = webhookRequest(destination, parameters, { authToken, token: delivery.id });
    const headers = { ...request.headers, 'x-colloquy-event-id': delivery.event_id };
    const { timeoutMs = defaultTimeout } = overridesOf(destination.url);
    const attempt = { ...destination, retryCount: work.attempt - 1, at };
    try {
      const send = () =>
        outgoing.send({ ...request, headers: { ...headers, ...watch?.headers() }, timeoutMs, maxAnswerBytes, signal });
      const answer = watch ? await watch.attempt(webhookAttempt, send, statusClassOf) : await send();
      const { status } = answer;
      const duration = clock.now() - at;
      const retryAfter = answer.headers['retry-after'];
      return {
        attempt: { ...attempt, status, answer: excerptOf(answer), error: null, duration },
        result: { status },
        retryAfter,
      };
    } catch (error) {
      const { kind, text } = explain(error);
      if (!(error instanceof SendFailure))
        this.#options.logger.error({ error, delivery: delivery.id }, 'a webhook could not be called');
      const failed = { ...attempt, status: null, answer: null, error: text, duration: clock.now() - at };
      return { attempt: failed, result: { failure: kind } };
    }
  }

  async #settle(
    work: Work,
    delivery: WebhookDeliveriesTable,
    { url }: Destination,
    outcome: Outcome,
    hands?: Hands,
  ): Promise<void> {
    const { core, clock, logger, random, leaseMs } = this.#options;
    const { attempt, result, retryAfter } = outcome;
    const overrides = overridesOf(url);
    if (isDelivered(result)) {
      const nextFor = hands?.goOn ? leaseMs : undefined;
      const { next } = await this.#end(work, 'delivered', { attempt, nextFor });
      if (next) hands?.take(next);
    } else if (work.attempt < attemptsFor(result, overrides) && mayRetry(result, overrides)) {
      const notBefore = clock.now() + waitAfter(work.attempt, random(), retryAfter);
      await core.run(settleDelivery, this.#actor, { ...claimed(work), state: 'pending', notBefore, attempt });
    } else {
      const { held } = await this.#end(work, 'dead', { attempt });
      const { status, error } = attempt;
      if (held) logger.warn({ ...namesOf(delivery), status, error }, 'a webhook was not reached');
    }
  }

  /** Settles it for good. */
  async #end(
    work: Work,
    state: Exclude<SettleDelivery['state'], 'pending'>,
    more: Pick<SettleDelivery, 'attempt' | 'nextFor'> = {},
  ): Promise<Settled> {
    const settled = await this.#options.core.run(settleDelivery, this.#actor, { ...claimed(work), state, ...more });
    if (settled.held) this.#options.watch?.webhookEnded(state);
    return settled;
  }
}

const webhookAttempt = { kind: 'webhook', to: 'webhook' } as const;

function claimed({ id, lane, lease }: Work) {
  return { id, lane, lease };
}

function namesOf({ id, target, event }: WebhookDeliveriesTable) {
  return { delivery: id, target, event };
}

/** Did the receiver say anything about this request, other than that it cannot cope? */
function isAnswer(result: Result): boolean {
  return 'status' in result && result.status < 500;
}

function explain(error: unknown): { kind: 'connection' | 'timeout' | 'final'; text: string } {
  if (!(error instanceof SendFailure)) return { kind: 'final', text: 'The request could not be made.' };
  const { kind, message } = error;
  if (kind === 'connection' || kind === 'timeout') return { kind, text: `${kind}: ${message}` };
  return { kind: 'final', text: `${kind}: ${message}` };
}

function excerptOf({ body }: OutgoingAnswer): string {
  return body
    .subarray(0, excerptLength * 4)
    .toString('utf8')
    .slice(0, excerptLength);
}
