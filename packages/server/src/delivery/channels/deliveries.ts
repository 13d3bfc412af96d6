import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Channel } from '../../channels/channel.ts';
import { limitsThrough, whyNotDeliverable } from '../../channels/media/limits.ts';
import type { Plan, SendRequest, SendResult } from '../../channels/message.ts';
import { planFor } from '../../channels/plan.ts';
import type { Registry } from '../../channels/registry.ts';
import type { Scheduler } from '../../core/clock.ts';
import type { Core } from '../../core/core.ts';
import { selectCorrespondent } from '../../core/inbound/correspondents.ts';
import type { Work } from '../../core/outbox/actions.ts';
import { optedOut } from '../../core/receipts/barriers.ts';
import { pieceId } from '../../core/receipts/delivery-id.ts';
import { selectPieces } from '../../core/receipts/pieces.ts';
import { isWanted } from '../../core/receipts/store.ts';
import { keptTrying } from '../../core/receipts/take-back.ts';
import { storableIn } from '../../core/storable.ts';
import type { MediaLibrary } from '../../media/library.ts';
import { StorageUnavailable } from '../../storage/connection.ts';
import type { Watch } from '../../telemetry/watch.ts';
import type { Hands, WorkHandler } from '../outbox.ts';
import { leaseExpired, type Mishap, mishapOf } from './mishap.ts';
import { type Delivery, outboundMessage, unpack } from './outbound-message.ts';
import { expired, nothingToSend, receiptCodeOf } from './retry.ts';
import type { SenderGates } from './sender-gates.ts';
import { isDoubtful, Settlement, type Tried } from './settlement.ts';

/** How long a channel may take to answer. */
const sendTimeout = 30_000;
/** How long a delivery waits for a channel that owns its sender and may be used; news of senders end that. */
const ownerWait = 5 * 60 * 1000;

export interface DeliveriesOptions {
  core: Core;
  library: MediaLibrary;
  registry: Registry;
  clock: Scheduler;
  logger: Logger;
  account: Sid<'AC'>;
  gates: SenderGates;
  random: () => number;
  /** How long work is leased, in milliseconds. */
  leaseMs: number;
  watch?: Watch | undefined;
}

/** What is to be sent of a delivery, from where it stands. */
interface Outstanding {
  pieces: readonly { tried: Tried & { channel: Channel }; request: SendRequest }[];
}

/** Sends the copies of messages through the channels. */
export class Deliveries implements WorkHandler {
  readonly #options: DeliveriesOptions;
  readonly #settlement: Settlement;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#settlement = new Settlement(options);
  }

  async handle(work: Work, signal: AbortSignal, hands?: Hands): Promise<void> {
    const { registry, watch } = this.#options;
    const delivery = unpack(work);
    const channel = await this.#channelFor(delivery);
    const outstanding = channel && (await this.#prepare(delivery, channel));
    for (const [at, { tried, request }] of outstanding?.pieces.entries() ?? []) {
      if (at > 0 && !(await this.#goesOn(delivery, tried.channel))) return;
      if (!this.#options.gates.passes(delivery.sender, work.id)) return this.#waitForGate(delivery);
      const doubtful = isDoubtful(tried);
      // What may have arrived already is settled by what comes of it.
      if (!doubtful && (await this.#hasOptedOut(delivery, tried.channel))) return;
      // Somebody else may have it by now; channels do not all look before they send.
      if (signal.aborted) return this.#settlement.wait(delivery, this.#options.clock.now(), null);
      const send = () => this.#send(tried.channel, request, signal, doubtful);
      const attempt = { kind: 'channel', to: registry.typeOf(tried.channel) } as const;
      const result = watch ? await watch.attempt(attempt, send, ({ outcome }) => outcome) : await send();
      const changes = doubtful ? [...tried.changes, ...perhapsTwice(tried.channel)] : tried.changes;
      const { held, next } = await this.#settlement.settle({ ...tried, changes }, result, hands?.goOn);
      if (next) hands?.take(next);
      if (!held) return;
    }
  }

  async recover(work: Work): Promise<void> {
    const delivery = unpack(work);
    const sent = await selectPieces(this.#options.core.db, work.id);
    const underWay = sent.findIndex((row, at) => row.piece !== at);
    // If it has to wait, it is not forgotten that this one may have arrived.
    const channel = await this.#channelFor({ ...delivery, doubt: underWay === -1 ? sent.length : underWay });
    const [next] = (channel && (await this.#prepare(delivery, channel)))?.pieces ?? [];
    if (next) await this.#settlement.settle(next.tried, { outcome: 'unknown', error: leaseExpired });
  }

  /** Between two pieces a message can be removed, its sender paused, or another put in its place. */
  async #goesOn(delivery: Delivery, former: Channel): Promise<boolean> {
    const channel = await this.#channelFor(delivery);
    if (channel === former || !channel) return channel !== undefined;
    const message = 'The sender was changed while pieces of it went out.';
    const mishap: Mishap = { kind: 'no-channel', code: 'sender-changed', message };
    await this.#settlement.wait(delivery, this.#options.clock.now(), mishap);
    return false;
  }

  /** Has he said, while the message waited, that he wants none? It is settled then. */
  async #hasOptedOut(delivery: Delivery, channel: Channel): Promise<boolean> {
    const { core, account } = this.#options;
    const pair = { account, sender: delivery.recipient, recipient: delivery.sender };
    if (!(await selectCorrespondent(core.db, pair))?.stopped) return false;
    const { kind, code, message, receiptCode } = optedOut;
    await this.#fail(delivery, channel, { kind, code, message }, receiptCode);
    return true;
  }

  /** The channel to send through now. Undefined: not now or not at all, and that is settled. */
  async #channelFor(delivery: Delivery): Promise<Channel | undefined> {
    const { core, clock, registry, gates, logger } = this.#options;
    const now = clock.now();
    if (!(await isWanted(core.db, delivery.receipt, delivery.work.id))) {
      await this.#settlement.finish(delivery);
      return undefined;
    }
    if (now >= delivery.work.dateCreated + keptTrying) {
      const message = 'It could not be sent within 24 hours.';
      await this.#fail(delivery, null, { kind: 'expired', code: 'expired', message }, expired);
      return undefined;
    }
    const channel = registry.ownerOf(delivery.sender);
    if (!channel) {
      logger.warn({ sender: delivery.sender }, 'no channel owns this sender; what it should send waits');
      const message = `No channel owns ${delivery.sender}.`;
      await this.#settlement.wait(delivery, now + ownerWait, { kind: 'no-channel', code: 'no-channel', message });
      return undefined;
    }
    const paused = registry.pausedFor(delivery.sender);
    if (paused !== null) {
      await this.#settlement.wait(delivery, now + ownerWait, { kind: 'paused', code: 'paused', message: paused });
      return undefined;
    }
    if (gates.opensAt(delivery.sender, delivery.work.id) > now) {
      await this.#waitForGate(delivery);
      return undefined;
    }
    return channel;
  }

  #waitForGate(delivery: Delivery): Promise<void> {
    const { gates } = this.#options;
    const refusal = gates.refusalOf(delivery.sender);
    const opensAt = gates.opensAt(delivery.sender, delivery.work.id);
    return this.#settlement.wait(delivery, opensAt, refusal && mishapOf(refusal));
  }

  /** What the provider has not got yet. Undefined: nothing, or nothing that can be sent, and that is settled. */
  async #prepare(delivery: Delivery, channel: Channel): Promise<Outstanding | undefined> {
    const { core, library, account } = this.#options;
    const message = await outboundMessage(core.db, library, account, delivery, channel);
    if (message.parts.length === 0 && !message.reaction) {
      const mishap: Mishap = { kind: 'bad-content', code: 'empty', message: 'The message has neither text nor media.' };
      await this.#fail(delivery, channel, mishap, nothingToSend);
      return undefined;
    }
    // Where files become links there is nothing that a phone could not take.
    const files = channel.capabilities.media ? (delivery.media ?? []) : [];
    const error = whyNotDeliverable(delivery.recipient, files, limitsThrough(channel.capabilities, core.limits));
    const plan: Plan = error
      ? { ok: false, error }
      : (channel.plan?.(message) ?? planFor(channel.capabilities, message));
    if (!plan.ok) {
      await this.#fail(delivery, channel, mishapOf(plan.error), receiptCodeOf(plan.error));
      return undefined;
    }
    const { work } = delivery;
    const pieces = plan.pieces.length;
    const sent = pieces > 1 || work.lastError !== null ? await selectPieces(core.db, work.id) : [];
    const anew = sent.some((row) => row.pieces !== pieces);
    const left = plan.pieces.flatMap(({ parts, data }, piece) => {
      if (!anew && sent.some((row) => row.piece === piece)) return [];
      const changes = piece === 0 ? [...plan.changes, ...(anew ? [cutAnew] : [])] : [];
      const tried = { delivery, piece, pieces, channel, changes, anew };
      const deliveryId = pieceId({ delivery: work.id, piece, pieces });
      return [{ tried, request: { ...message, parts, data, deliveryId, piece, pieces, attempt: work.attempt } }];
    });
    if (left.length > 0) return { pieces: left };
    await this.#settlement.finish(delivery);
    return undefined;
  }

  /** @param doubtful an attempt before had no answer, and may have arrived */
  async #send(channel: Channel, request: SendRequest, signal: AbortSignal, doubtful: boolean): Promise<SendResult> {
    const { clock, logger } = this.#options;
    const giveUp = new AbortController();
    const callOff = clock.at(clock.now() + sendTimeout, () => giveUp.abort());
    const either = AbortSignal.any([signal, giveUp.signal]);
    try {
      return storableIn(await Promise.race([this.#sendOnce(channel, request, either, doubtful), givenUp(either)]));
    } catch (error) {
      // A channel that throws has a mistake, unless the storage is away that it asks; nobody knows how far it got.
      const about = { error, channel: channel.name, delivery: request.deliveryId };
      if (error instanceof StorageUnavailable) logger.error(about, 'the storage failed; what asked for it was told so');
      else logger.error(about, 'a channel threw while sending');
      const message = error instanceof Error ? error.message : String(error);
      return { outcome: 'unknown', error: { code: 'exception', message } };
    } finally {
      callOff();
    }
  }

  async #sendOnce(channel: Channel, request: SendRequest, signal: AbortSignal, doubtful: boolean): Promise<SendResult> {
    const found = doubtful ? await channel.reconcile?.(request, signal) : 'absent';
    if (typeof found === 'object') return found;
    if (found !== 'unknown' && !signal.aborted) return channel.send(request, signal);
    return {
      outcome: 'unknown',
      error: { code: 'unreconciled', message: 'The provider cannot say whether it has it.' },
    };
  }

  #fail(delivery: Delivery, channel: Channel | null, mishap: Mishap, errorCode: number): Promise<void> {
    return this.#settlement.fail(
      { delivery, piece: 0, pieces: 1, channel, changes: [], anew: false },
      mishap,
      errorCode,
    );
  }
}

const cutAnew =
  'It was cut into other pieces after some had gone out, since its sender was changed: those may have come twice.';

function perhapsTwice({ idempotency, reconcile }: Channel): string[] {
  if (idempotency.mode === 'provider' || reconcile) return [];
  return ['It was sent again since nobody knows whether an attempt before arrived: it may have come twice.'];
}

function givenUp(signal: AbortSignal): Promise<SendResult> {
  const result: SendResult = { outcome: 'unknown', error: { code: 'timeout', message: 'The channel did not answer.' } };
  return new Promise((resolve) => {
    if (signal.aborted) resolve(result);
    else signal.addEventListener('abort', () => resolve(result), { once: true });
  });
}
