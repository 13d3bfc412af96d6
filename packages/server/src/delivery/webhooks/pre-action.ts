import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { parseBounded } from '../../core/bounded-json.ts';
import type { AnyCommand } from '../../core/command.ts';
import type { Core, Interceptor, Run } from '../../core/core.ts';
import type { IdempotencyKey } from '../../core/idempotency.ts';
import { Refusal, refuse } from '../../core/refusal.ts';
import { type Assigned, readAssigned } from '../../core/webhooks/assigned.ts';
import { type BeforeAction, beforeAction, eventsBefore } from '../../core/webhooks/before.ts';
import { effectiveWebhook, isAnyAskedBefore } from '../../core/webhooks/configuration.ts';
import { configureAccountWebhook, configureServiceWebhook } from '../../core/webhooks/configure.ts';
import type { Rehearsed } from '../../storage/driver.ts';
import type { Watch } from '../../telemetry/watch.ts';
import { Outgoing, type OutgoingAnswer, statusClassOf } from '../http/outgoing.ts';
import { SendFailure } from '../http/send-failure.ts';
import { InOrder, type Predecessor } from './in-order.ts';
import { type WebhookTarget, webhookRequest } from './request.ts';
import { Slots } from './slots.ts';

/** Calls under way at once: in all, and to the webhook of one account or service. */
const callLimits = { total: 256, perKey: 128 };
/** Room for a message's body and attributes, at worst each character as an escape of six. */
const largestAnswer = 512 * 1024;

export interface PreActionOptions {
  core: Core;
  logger: Logger;
  /** Is the configuration changed by this process alone? Then it need not be read each time. */
  isAlone: boolean;
  /** Signs the requests. */
  authToken: string;
  /** The setting `outgoingNetworks`. */
  networks: readonly string[];
  /** For the whole call, the wait for a free place among them. */
  timeoutMs: number;
  /** What becomes of the change when there is no answer. */
  onFailure: 'proceed' | 'refuse';
  watch?: Watch | undefined;
}

/**
 * Asks webhooks before a change is made, for changes by app users and by channels. What the change would do is found
 * out by a rehearsal, so that nobody is asked about what could not be done anyway: a stranger, or a member without the
 * permission, cannot make the server call out. Changes of one user in one conversation keep their order, while their
 * webhooks are asked side by side; nothing else waits.
 */
export class PreAction {
  readonly #options: PreActionOptions;
  readonly #outgoing: Outgoing;
  readonly #slots: Slots;
  readonly #order = new InOrder();
  /** Requests that may be repeated, by their idempotency key. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  /** Is any webhook there to be asked? Undefined when that has to be looked up, as always where others may change it. */
  #configured: boolean | undefined;
  /** How often it may have changed. */
  #generation = 0;

  constructor(options: PreActionOptions) {
    const { clock } = options.core;
    this.#options = options;
    this.#outgoing = new Outgoing({ clock, networks: options.networks, connectionsPerOrigin: callLimits.perKey });
    this.#slots = new Slots(clock, callLimits);
  }

  readonly intercept: Interceptor = (run, proceed) => {
    const { actor, command, input } = run;
    if (configuring.has(command)) return proceed(input).finally(() => this.#forgetConfiguration());
    // The way of every message where there is nobody to ask.
    if (actor.kind === 'account' || (this.#configured === false && this.#order.isIdle)) return proceed(input);
    const isAsked = eventsBefore(run).length > 0;
    // What a user does afterwards in the same place has to come afterwards, asked about or not.
    const key = `${actor.kind === 'user' ? actor.user : 'channel'} ${command.orderKey(input)}`;
    const isBehind = (isAsked || actor.kind === 'user') && this.#order.isBusy(key);
    if (!isBehind && !isAsked) return proceed(input);
    if (!isAsked) return this.#order.pass(key, async () => input, proceed);
    const earlier = this.#sameRequest(run);
    const decide = async (before: Predecessor | undefined) => {
      await earlier;
      return this.#decide(run, before);
    };
    return this.#remember(run, this.#order.pass(key, decide, proceed));
  };

  /** Turns away what is still asked about, and waits for the rest. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#outgoing.close();
    await this.#order.idle();
  }

  /** The same request, if it is under way: one that is repeated waits for its answer instead of asking once more. */
  #sameRequest({ idempotency }: Run): Promise<void> | undefined {
    return idempotency && this.#underWay.get(idOf(idempotency));
  }

  #remember<T>({ idempotency }: Run, answer: Promise<T>): Promise<T> {
    if (!idempotency) return answer;
    const id = idOf(idempotency);
    const over = () => {
      if (this.#underWay.get(id) === settled) this.#underWay.delete(id);
    };
    const settled: Promise<void> = answer.then(over, over);
    this.#underWay.set(id, settled);
    return answer;
  }

  /** @returns the input to run the command with */
  async #decide(run: Run, before: Predecessor | undefined): Promise<unknown> {
    const { actor, input } = run;
    const { db } = this.#options.core;
    if (!(await this.#mayBeAsked(run))) return input;
    const action = await beforeAction(db, run, await this.#rehearse(run, before));
    if (!action) return input;
    const hook = await effectiveWebhook(db, actor.account, action.service, action.event);
    if (!hook?.preUrl) return input;
    try {
      const assigned = await this.#ask({ url: hook.preUrl, method: hook.method }, hook.owner, action);
      return assigned ? { ...(input as object), assigned } : input;
    } catch (error) {
      // A channel can be told nothing: that the message was dropped, and why, goes on record.
      if (actor.kind !== 'system' || !(error instanceof Refusal) || error.code === 20503) throw error;
      return { ...(input as object), refused: error.message };
    }
  }

  #forgetConfiguration(): void {
    this.#configured = undefined;
    this.#generation += 1;
  }

  async #isConfigured(account: string): Promise<boolean> {
    if (this.#configured !== undefined) return this.#configured;
    const generation = this.#generation;
    const found = await isAnyAskedBefore(this.#options.core.db, account);
    // What was changed while it was read is read again next time.
    if (this.#options.isAlone && generation === this.#generation) this.#configured = found;
    return found;
  }

  async #mayBeAsked(run: Run): Promise<boolean> {
    const { actor } = run;
    const { core, isAlone } = this.#options;
    const { db } = core;
    const [event] = eventsBefore(run);
    if (!event) return false;
    // What a channel brings may turn out to be one thing or another, in one service or another.
    if (actor.kind !== 'user') return this.#isConfigured(actor.account);
    // Where that has to be looked up each time, the webhook itself is found with as much.
    if (isAlone && !(await this.#isConfigured(actor.account))) return false;
    return Boolean((await effectiveWebhook(db, actor.account, actor.service, event))?.preUrl);
  }

  /** What the change would do, or the refusal that it would meet. */
  async #rehearse(run: Run, before: Predecessor | undefined): Promise<Rehearsed> {
    const { core } = this.#options;
    try {
      return await core.rehearse(run);
    } catch (error) {
      if (!before || !(error instanceof Refusal)) throw error;
      // It may need what the user asked for just before: to be in the conversation, for example.
      await before.answered;
      return core.rehearse(run);
    }
  }

  /** @returns what the webhook puts in the place of what was asked for; undefined: nothing */
  async #ask(target: WebhookTarget, owner: string, action: BeforeAction): Promise<Assigned | undefined> {
    const { authToken, logger, watch } = this.#options;
    const { event, parameters } = action;
    const request = webhookRequest(target, parameters, { authToken, token: randomUUID() });
    let answer: OutgoingAnswer;
    try {
      const send = () => this.#send(request, owner);
      answer = watch ? await watch.attempt({ kind: 'pre-webhook', to: event }, send, statusClassOf) : await send();
    } catch (error) {
      if (!(error instanceof SendFailure)) throw error;
      return this.#failed(error, event, owner);
    }
    if (answer.status < 200 || answer.status > 299) {
      logger.debug({ event, owner, status: answer.status }, 'a pre-action webhook refused');
      throw refuse(50056);
    }
    const text = answer.body.toString('utf8').trim();
    if (text === '') return undefined;
    try {
      // Otherwise what stands in the place of other bytes would be taken for what it said.
      if (!isUtf8(answer.body)) throw new SyntaxError('not UTF-8');
      return readAssigned(event, parseBounded(text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      logger.warn({ event, owner }, 'a pre-action webhook answered with something else than JSON; the action goes on');
      return undefined;
    }
  }

  async #send(request: ReturnType<typeof webhookRequest>, owner: string): Promise<OutgoingAnswer> {
    const { core, timeoutMs, watch } = this.#options;
    const until = core.clock.now() + timeoutMs;
    if (!(await this.#slots.enter(owner, until))) {
      throw new SendFailure('timeout', `Too many calls to the webhook were under way for ${timeoutMs} ms.`);
    }
    try {
      return await this.#outgoing.send({
        ...request,
        headers: { ...request.headers, ...watch?.headers() },
        timeoutMs: until - core.clock.now(),
        maxAnswerBytes: largestAnswer,
        signal: this.#closing.signal,
      });
    } finally {
      this.#slots.leave(owner);
    }
  }

  #failed(failure: SendFailure, event: string, owner: string): undefined {
    const { logger, onFailure } = this.#options;
    if (failure.kind === 'cancelled') throw refuse(20503);
    logger.warn({ event, owner, why: failure.kind, detail: failure.message }, 'a pre-action webhook gave no answer');
    if (onFailure === 'refuse') throw refuse(failure.kind === 'timeout' ? 50076 : 50057);
  }
}

function idOf({ scope, key }: IdempotencyKey): string {
  return `${scope} ${key}`;
}

/** Every change of a configuration by this process passes by here; that it goes with its service need not be noticed. */
const configuring: ReadonlySet<AnyCommand> = new Set([configureAccountWebhook, configureServiceWebhook]);
