import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Channel } from '../../channels/channel.ts';
import type { ProviderError, SendResult } from '../../channels/message.ts';
import type { Scheduler } from '../../core/clock.ts';
import type { Core } from '../../core/core.ts';
import { finishWork, retryWork, type Settled } from '../../core/outbox/actions.ts';
import { acceptDelivery, doubtDelivery, failDelivery, postponeDelivery } from '../../core/receipts/actions.ts';
import { backoff, maxAttempts } from '../backoff.ts';
import { doubtIn, leaseExpired, type Mishap, mishapOf, noteOf } from './mishap.ts';
import type { Delivery } from './outbound-message.ts';
import { receiptCodeOf, unknownError } from './retry.ts';
import type { SenderGates } from './sender-gates.ts';

/** How long a report may take to show that a message arrived after all. */
const correlationWait = 60_000;

/** Which piece of a delivery was tried, through which channel. */
export interface Tried {
  delivery: Delivery;
  piece: number;
  pieces: number;
  /** Null where it did not come to a channel. */
  channel: Channel | null;
  changes: readonly string[];
  /** Was it cut otherwise when the first pieces went out? They do not count then. */
  anew: boolean;
}

export interface SettlementOptions {
  core: Core;
  clock: Scheduler;
  logger: Logger;
  account: Sid<'AC'>;
  gates: SenderGates;
  random: () => number;
  /** How long work is leased, in milliseconds. */
  leaseMs: number;
}

/** Settles deliveries by what came of them: a receipt, another attempt, or a dead letter. */
export class Settlement {
  readonly #options: SettlementOptions;
  readonly #actor: { kind: 'system'; account: Sid<'AC'> };

  constructor(options: SettlementOptions) {
    this.#options = options;
    this.#actor = { kind: 'system', account: options.account };
  }

  /**
   * @param goesOn can whoever has this delivery take the next one of its lane as well?
   * @returns whether the provider has the piece and the work is still held, for those that are left; and the next one
   */
  async settle(tried: Tried, result: SendResult, goesOn = false): Promise<Settled> {
    const { core, gates, leaseMs } = this.#options;
    switch (result.outcome) {
      case 'accepted': {
        gates.open(tried.delivery.sender);
        const { providerId, status } = result;
        const nextFor = goesOn ? leaseMs : undefined;
        const { lane } = tried.delivery.work;
        return core.run(acceptDelivery, this.#actor, { ...claimed(tried), lane, providerId, status, leaseMs, nextFor });
      }
      case 'rejected':
        await this.#settleRejection(tried, result.error);
        return { held: false };
      case 'unknown':
        await this.#settleUnknown(tried, { kind: 'unknown', ...result.error });
        return { held: false };
    }
  }

  async #settleRejection(tried: Tried, error: ProviderError): Promise<void> {
    const { clock, gates, logger, random } = this.#options;
    const { sender, work } = tried.delivery;
    const now = clock.now();
    switch (error.kind) {
      case 'throttle': {
        const until =
          error.scope === 'sender'
            ? gates.throttle(sender, error.retryAfterMs)
            : now + (error.retryAfterMs ?? backoff(work.attempt, random()));
        return this.#postpone(tried, mishapOf(error), until, false);
      }
      case 'credentials':
      case 'billing': {
        const until = gates.refuse(sender, error);
        logger.error({ sender, error }, 'the provider refuses this sender; it is paused');
        return this.#postpone(tried, mishapOf(error), until, false);
      }
      case 'temporary':
        if (work.attempt >= maxAttempts) return this.fail(tried, mishapOf(error), receiptCodeOf(error));
        return this.#postpone(tried, mishapOf(error), now + backoff(work.attempt, random()), true);
      default:
        return this.fail(tried, mishapOf(error), receiptCodeOf(error));
    }
  }

  async #settleUnknown(tried: Tried, mishap: Mishap): Promise<void> {
    const { core, clock } = this.#options;
    const wait = this.#waitAfterUnknown(tried);
    const tryAgain = wait !== null && tried.delivery.work.attempt < maxAttempts;
    await core.run(doubtDelivery, this.#actor, {
      ...claimed(tried),
      doubt: tried.piece,
      failure: { outcome: 'unknown', ...mishap },
      errorCode: unknownError,
      notBefore: tryAgain ? clock.now() + wait : null,
    });
  }

  /** Null: not again. */
  #waitAfterUnknown(tried: Tried): number | null {
    const { channel, delivery } = tried;
    const { work } = delivery;
    const { random } = this.#options;
    const idempotency = channel?.idempotency;
    if (!idempotency || idempotency.mode === 'provider') return backoff(work.attempt, random());
    const insistent = idempotency.mode === 'correlate' && idempotency.insistent === true;
    // One repetition may double the message; more of them would only make it worse.
    if (isDoubtful(tried) && !channel.reconcile && !insistent) return null;
    if (idempotency.mode === 'correlate') return correlationWait;
    return idempotency.afterUnknown === 'resend' || channel.reconcile ? backoff(work.attempt, random()) : null;
  }

  /** Nothing went out; another attempt is due later. */
  async #postpone(tried: Tried, mishap: Mishap, notBefore: number, counted: boolean): Promise<void> {
    const failure = { outcome: 'rejected', ...mishap } as const;
    await this.#options.core.run(postponeDelivery, this.#actor, { ...claimed(tried), failure, notBefore, counted });
  }

  /** Nothing was tried, and will not be before a time. */
  async wait({ work, doubt }: Delivery, notBefore: number, mishap: Mishap | null): Promise<void> {
    const { id, lane, lease, lastError } = work;
    // A doubt that the note of an earlier attempt does not have is of whoever died over this one.
    const news = mishap ?? (doubt !== null && doubt !== doubtIn(lastError) ? leaseExpired : null);
    const error = news ? noteOf(news, doubt) : lastError;
    await this.#options.core.run(retryWork, this.#actor, { id, lane, lease, notBefore, error, counted: false });
  }

  /** It will never be sent. */
  async fail(tried: Tried, mishap: Mishap, errorCode: number): Promise<void> {
    const { core, logger } = this.#options;
    const { work, recipient } = tried.delivery;
    logger.warn({ delivery: work.id, recipient, mishap }, 'a delivery failed');
    const failure = { outcome: 'failed', ...mishap } as const;
    await core.run(failDelivery, this.#actor, { ...claimed(tried), failure, errorCode });
  }

  /** There is nothing to send. */
  async finish({ work }: Delivery): Promise<void> {
    await this.#options.core.run(finishWork, this.#actor, work);
  }
}

/** Did an attempt with this piece end without an answer? */
export function isDoubtful({ delivery, piece }: Tried): boolean {
  return delivery.doubt === piece;
}

function claimed(tried: Tried) {
  const { delivery, piece, pieces, channel, changes, anew } = tried;
  const { conversation, receipt, message, work } = delivery;
  return {
    doubt: isDoubtful(tried) ? piece : null,
    anew,
    conversation,
    receipt,
    message,
    delivery: work.id,
    lease: work.lease,
    attempt: work.attempt,
    channel: channel?.name ?? '',
    piece,
    pieces,
    changes,
  };
}
