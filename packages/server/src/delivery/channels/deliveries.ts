import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Channel, Part, ProviderError, SendResult } from '../../channels/channel.ts';
import { whyNotDeliverable } from '../../channels/media/limits.ts';
import type { Registry } from '../../channels/registry.ts';
import type { Scheduler } from '../../core/clock.ts';
import type { Core } from '../../core/core.ts';
import { finishWork, retryWork, type Work } from '../../core/outbox/actions.ts';
import { acceptDelivery, doubtDelivery, failDelivery } from '../../core/receipts/actions.ts';
import type { DeliveryPayload } from '../../core/receipts/plan.ts';
import { isWanted } from '../../core/receipts/store.ts';
import type { MediaLibrary } from '../../media/library.ts';
import { backoff, maxAttempts } from '../backoff.ts';
import type { WorkHandler } from '../outbox.ts';
import { expired, keptTrying, nothingToSend, receiptCodeOf, unknownError } from './retry.ts';
import { SenderGates } from './sender-gates.ts';

/** How long a channel may take to answer. */
const sendTimeout = 30_000;
/** How long a report may take to show that a message arrived after all. */
const correlationWait = 60_000;
/** How long a delivery waits for a channel that owns its sender. */
const ownerWait = 5 * 60 * 1000;

export interface DeliveriesOptions {
  core: Core;
  library: MediaLibrary;
  registry: Registry;
  clock: Scheduler;
  logger: Logger;
  account: Sid<'AC'>;
  /** From 0 to 1; tests give their own. */
  random: () => number;
}

/** A claimed delivery with what belongs to it. */
interface Delivery extends DeliveryPayload {
  work: Work;
}

/** What is kept with work that is put back or buried. */
interface Mishap {
  kind: ProviderError['kind'] | 'unknown' | 'expired' | 'no-channel';
  code: string;
  message: string;
}

/** Sends the copies of messages through the channels, and settles what comes of it. */
export class Deliveries implements WorkHandler {
  readonly #core: Core;
  readonly #library: MediaLibrary;
  readonly #registry: Registry;
  readonly #clock: Scheduler;
  readonly #logger: Logger;
  readonly #random: () => number;
  readonly #actor: { kind: 'system'; account: Sid<'AC'> };
  readonly #gates: SenderGates;

  constructor(options: DeliveriesOptions) {
    this.#core = options.core;
    this.#library = options.library;
    this.#registry = options.registry;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#random = options.random;
    this.#actor = { kind: 'system', account: options.account };
    this.#gates = new SenderGates(options.clock);
  }

  async handle(work: Work, signal: AbortSignal): Promise<void> {
    const delivery = unpack(work);
    const channel = await this.#channelFor(delivery);
    if (!channel) return;
    const parts = partsOf(delivery, this.#library);
    if (parts.length === 0) {
      const mishap: Mishap = { kind: 'bad-content', code: 'empty', message: 'The message has neither text nor media.' };
      return this.#fail(delivery, mishap, nothingToSend);
    }
    const error = whyNotDeliverable(delivery.recipient, delivery.media ?? [], this.#core.limits);
    if (error) return this.#fail(delivery, mishapOf(error), receiptCodeOf(error));
    const result = await this.#send(channel, delivery, parts, signal);
    await this.#settle(channel, delivery, result);
  }

  async recover(work: Work): Promise<void> {
    const delivery = unpack(work);
    const channel = await this.#channelFor(delivery);
    if (!channel) return;
    const error = { code: 'lease-expired', message: 'The process that sent it ended before it had the answer.' };
    await this.#settle(channel, delivery, { outcome: 'unknown', error });
  }

  /** The channel to send through now. Undefined: not now or not at all, and that is settled. */
  async #channelFor(delivery: Delivery): Promise<Channel | undefined> {
    const now = this.#clock.now();
    if (!(await isWanted(this.#core.db, delivery.receipt, delivery.work.id))) {
      await this.#core.run(finishWork, this.#actor, delivery.work);
      return undefined;
    }
    if (now >= delivery.work.dateCreated + keptTrying) {
      const message = 'It could not be sent within 24 hours.';
      await this.#fail(delivery, { kind: 'expired', code: 'expired', message }, expired);
      return undefined;
    }
    const channel = this.#registry.ownerOf(delivery.sender);
    if (!channel) {
      this.#logger.warn({ sender: delivery.sender }, 'no channel owns this sender; what it should send waits');
      const message = `No channel owns ${delivery.sender}.`;
      await this.#wait(delivery, now + ownerWait, { kind: 'no-channel', code: 'no-channel', message });
      return undefined;
    }
    const opensAt = this.#gates.opensAt(delivery.sender);
    if (opensAt > now) {
      await this.#wait(delivery, opensAt, null);
      return undefined;
    }
    return channel;
  }

  async #send(channel: Channel, delivery: Delivery, parts: readonly Part[], signal: AbortSignal): Promise<SendResult> {
    const { sender, recipient, author, work } = delivery;
    const giveUp = new AbortController();
    const callOff = this.#clock.at(this.#clock.now() + sendTimeout, () => giveUp.abort());
    const either = AbortSignal.any([signal, giveUp.signal]);
    const request = {
      deliveryId: work.id,
      attempt: work.attempt,
      sender,
      recipient,
      author,
      parts,
    };
    try {
      return await Promise.race([channel.send(request, either), givenUp(either)]);
    } catch (error) {
      // A channel that throws has a mistake, and nobody knows how far it got.
      this.#logger.error({ error, channel: channel.name, delivery: work.id }, 'a channel threw while sending');
      const message = error instanceof Error ? error.message : String(error);
      return { outcome: 'unknown', error: { code: 'exception', message } };
    } finally {
      callOff();
    }
  }

  async #settle(channel: Channel, delivery: Delivery, result: SendResult): Promise<void> {
    switch (result.outcome) {
      case 'accepted': {
        this.#gates.open(delivery.sender);
        const { providerId, status } = result;
        await this.#core.run(acceptDelivery, this.#actor, {
          ...claimed(delivery),
          channel: channel.name,
          providerId,
          status,
        });
        return;
      }
      case 'rejected':
        return this.#settleRejection(delivery, result.error);
      case 'unknown':
        return this.#settleUnknown(channel, delivery, { kind: 'unknown', ...result.error });
    }
  }

  async #settleRejection(delivery: Delivery, error: ProviderError): Promise<void> {
    const now = this.#clock.now();
    switch (error.kind) {
      case 'throttle': {
        const until =
          error.scope === 'sender'
            ? this.#gates.throttle(delivery.sender, error.retryAfterMs)
            : now + (error.retryAfterMs ?? backoff(delivery.work.attempt, this.#random()));
        return this.#wait(delivery, until, mishapOf(error));
      }
      case 'credentials':
      case 'billing': {
        const until = this.#gates.pause(delivery.sender);
        this.#logger.error({ sender: delivery.sender, error }, 'the provider refuses this sender; it is paused');
        return this.#wait(delivery, until, mishapOf(error));
      }
      case 'temporary':
        return this.#again(delivery, mishapOf(error), this.#backoff(delivery), receiptCodeOf(error));
      default:
        return this.#fail(delivery, mishapOf(error), receiptCodeOf(error));
    }
  }

  async #settleUnknown(channel: Channel, delivery: Delivery, mishap: Mishap): Promise<void> {
    const wait = this.#waitAfterUnknown(channel, delivery);
    const tryAgain = wait !== null && delivery.work.attempt < maxAttempts;
    await this.#core.run(doubtDelivery, this.#actor, {
      ...claimed(delivery),
      errorCode: unknownError,
      error: JSON.stringify(mishap),
      notBefore: tryAgain ? this.#clock.now() + wait : null,
    });
  }

  /** Null: not again. */
  #waitAfterUnknown({ idempotency }: Channel, delivery: Delivery): number | null {
    if (idempotency.mode === 'provider') return this.#backoff(delivery);
    // One repetition may double the message; more of them would only make it worse.
    if (lastMishap(delivery.work)?.kind === 'unknown') return null;
    if (idempotency.mode === 'correlate') return correlationWait;
    return idempotency.afterUnknown === 'resend' ? this.#backoff(delivery) : null;
  }

  #backoff(delivery: Delivery): number {
    return backoff(delivery.work.attempt, this.#random());
  }

  /** Another attempt later, if there is one left. */
  async #again(delivery: Delivery, mishap: Mishap, wait: number, receiptCode: number): Promise<void> {
    if (delivery.work.attempt >= maxAttempts) return this.#fail(delivery, mishap, receiptCode);
    const notBefore = this.#clock.now() + wait;
    await this.#putBack(delivery, notBefore, JSON.stringify(mishap), true);
  }

  /** Another try that is not counted, since this one was none. */
  async #wait(delivery: Delivery, notBefore: number, mishap: Mishap | null): Promise<void> {
    await this.#putBack(delivery, notBefore, mishap ? JSON.stringify(mishap) : delivery.work.lastError, false);
  }

  async #putBack(delivery: Delivery, notBefore: number, error: string | null, counted: boolean): Promise<void> {
    const { id, lane, lease } = delivery.work;
    await this.#core.run(retryWork, this.#actor, { id, lane, lease, notBefore, error, counted });
  }

  async #fail(delivery: Delivery, mishap: Mishap, errorCode: number): Promise<void> {
    this.#logger.warn({ delivery: delivery.work.id, recipient: delivery.recipient, mishap }, 'a delivery failed');
    await this.#core.run(failDelivery, this.#actor, {
      ...claimed(delivery),
      errorCode,
      error: JSON.stringify(mishap),
    });
  }
}

function unpack(work: Work): Delivery {
  return { ...(JSON.parse(work.payload) as DeliveryPayload), work };
}

/** The text first, then the files, which are read when the channel wants them. */
function partsOf({ body, media = [] }: DeliveryPayload, library: MediaLibrary): Part[] {
  const text: Part[] = body === null || body === '' ? [] : [{ kind: 'text', text: body }];
  const files = media.map(
    ({ sid, contentType, filename, size }): Part => ({
      kind: 'media',
      sid,
      contentType,
      filename,
      size,
      url: library.urlFor(sid),
      open: () => library.open(sid),
    }),
  );
  return [...text, ...files];
}

function claimed({ conversation, receipt, work }: Delivery) {
  return { conversation, receipt, delivery: work.id, lease: work.lease };
}

function mishapOf({ kind, code, message }: ProviderError): Mishap {
  return { kind, code, message };
}

function lastMishap(work: Work): Mishap | null {
  return work.lastError === null ? null : (JSON.parse(work.lastError) as Mishap);
}

function givenUp(signal: AbortSignal): Promise<SendResult> {
  const result: SendResult = { outcome: 'unknown', error: { code: 'timeout', message: 'The channel did not answer.' } };
  return new Promise((resolve) => {
    if (signal.aborted) resolve(result);
    else signal.addEventListener('abort', () => resolve(result), { once: true });
  });
}
