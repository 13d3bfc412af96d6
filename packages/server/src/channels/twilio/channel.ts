import { SendFailure } from '../../delivery/http/send-failure.ts';
import type {
  Channel,
  FetchedMedia,
  Health,
  Reconciliation,
  SenderHost,
  WebhookReply,
  WebhookRequest,
} from '../channel.ts';
import type { Address, Capabilities, Idempotency, OutboundMessage, Plan, SendRequest, SendResult } from '../message.ts';
import { outcomeWithoutAnswer } from '../no-answer.ts';
import { Turn } from '../turn.ts';
import { TwilioApi, textIn } from './api.ts';
import { capabilitiesOf, networkOf } from './capabilities.ts';
import type { TwilioConfig } from './config.ts';
import { isOwnFault, refusalOf } from './errors.ts';
import { fetchTwilioMedia } from './media.ts';
import { planForTwilio } from './plan.ts';
import { Attempts } from './reconcile.ts';
import { formOf } from './send.ts';
import { NumberSetUp } from './set-up.ts';
import { stopped } from './statuses.ts';
import { Sweep } from './sweep.ts';
import { answerWebhook } from './webhook.ts';

/** One sender at Twilio: own addresses of one network, under one account. */
export class TwilioChannel implements Channel {
  readonly name: string;
  readonly idempotency: Idempotency;
  readonly capabilities: Capabilities;
  readonly #config: TwilioConfig;
  readonly #host: SenderHost;
  readonly #api: TwilioApi;
  /** One server looks. */
  readonly #sweep: Turn<Sweep>;
  readonly #attempts: Attempts;
  /** Null where nothing is to be set up, or there is nowhere to point to. */
  readonly #setUp: NumberSetUp | null;
  /** What whoever runs the sender has to mend; null when the last send went through. */
  #fault: string | null = null;

  constructor(config: TwilioConfig, host: SenderHost, name: string) {
    this.name = name;
    this.#config = config;
    this.#host = host;
    this.#api = new TwilioApi(host.outgoing, config);
    const look = () => {
      const sweep = new Sweep(this.#api, host);
      sweep.start();
      return sweep;
    };
    this.#sweep = new Turn(host, 'sweep', { mine: look });
    this.#setUp =
      config.setUpNumbers && host.webhookUrl !== null ? new NumberSetUp(this.#api, host, host.webhookUrl) : null;
    this.#attempts = new Attempts(host.clock, config.smartEncoded);
    const [first = ''] = host.addresses;
    this.capabilities = capabilitiesOf(networkOf(first) ?? 'sms', host.webhookUrl !== null);
    // Reports come to a URL of each message's own, which names the delivery.
    this.idempotency =
      host.webhookUrl === null ? { mode: 'none', afterUnknown: config.afterUnknown } : { mode: 'correlate' };
  }

  owns(address: Address): boolean {
    return this.#host.addresses.includes(address);
  }

  plan(message: OutboundMessage): Plan {
    return planForTwilio(this.#config.templates, this.capabilities, message);
  }

  async send(request: SendRequest, signal: AbortSignal): Promise<SendResult> {
    this.#attempts.begin(request.deliveryId);
    const result = await this.#post(request, signal);
    if (result.outcome === 'unknown') return result;
    this.#attempts.end(request.deliveryId, result.outcome === 'accepted' ? result.providerId : undefined);
    if (result.outcome === 'accepted') this.#fault = null;
    else await this.#mark(request, Number(result.error.code), result.error.message);
    return result;
  }

  async reconcile(request: SendRequest, signal: AbortSignal): Promise<Reconciliation> {
    try {
      return await this.#attempts.find(this.#api, request, signal);
    } catch (error) {
      if (!(error instanceof SendFailure)) throw error;
      return 'unknown';
    }
  }

  async webhook(request: WebhookRequest): Promise<WebhookReply> {
    return answerWebhook(this.#config, request, this.#host.clock.now());
  }

  fetchMedia(source: unknown, signal: AbortSignal): Promise<FetchedMedia> {
    return fetchTwilioMedia(this.#api, source, signal);
  }

  health(): Health {
    const reason = this.#fault ?? this.#setUp?.problem ?? this.#sweep.current?.problem ?? null;
    return reason === null ? { state: 'up' } : { state: 'degraded', reason };
  }

  start(): void {
    this.#setUp?.start();
    this.#sweep.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#setUp?.stop(), this.#sweep.stop()]);
  }

  /** Resolves when nothing is being asked of Twilio but to send. */
  async idle(): Promise<void> {
    await this.#sweep.idle();
    await Promise.all([this.#setUp?.idle(), this.#sweep.current?.idle()]);
  }

  async #post(request: SendRequest, signal: AbortSignal): Promise<SendResult> {
    try {
      const form = formOf(request, this.#config, this.#host.webhookUrl);
      const answer = await this.#api.post('/Messages.json', form, signal);
      if (answer.status < 200 || answer.status > 299) return refusalOf(answer);
      const providerId = textIn(answer.body, 'sid');
      if (providerId !== '') return { outcome: 'accepted', providerId, status: null };
      return { outcome: 'unknown', error: { code: 'no-sid', message: 'The answer names no message.' } };
    } catch (error) {
      if (!(error instanceof SendFailure)) throw error;
      return outcomeWithoutAnswer(error);
    }
  }

  async #mark({ deliveryId, sender, recipient }: SendRequest, code: number, message: string): Promise<void> {
    if (isOwnFault(code)) this.#fault = `${message} (${code})`;
    if (code !== 21610) return;
    const { clock, logger } = this.#host;
    try {
      await this.#host.ingest([stopped(`${deliveryId} ${code}`, recipient, sender, clock.now())]);
    } catch (error) {
      logger.warn({ error, delivery: deliveryId }, 'it could not be noted that somebody wants no more messages');
    }
  }
}
