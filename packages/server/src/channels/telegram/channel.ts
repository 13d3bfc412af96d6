import { timingSafeEqual } from 'node:crypto';
import { SendFailure } from '../../delivery/http/send-failure.ts';
import type { Channel, FetchedMedia, Health, SenderHost, WebhookReply, WebhookRequest } from '../channel.ts';
import { asObject, type Json, readObject } from '../json.ts';
import type { Address, Capabilities, Idempotency, OutboundMessage, Plan, SendRequest, SendResult } from '../message.ts';
import { outcomeWithoutAnswer } from '../no-answer.ts';
import { Turn } from '../turn.ts';
import { type BotAnswer, BotApi, numberIn } from './api.ts';
import type { TelegramConfig } from './config.ts';
import { refusalOf } from './errors.ts';
import { chatOfAddress, providerIdOf } from './ids.ts';
import { migrationIn, pressedIn, type Reading, readUpdate } from './inbound.ts';
import { fetchTelegramMedia } from './media.ts';
import { Migrations } from './migrations.ts';
import { planForTelegram } from './plan.ts';
import { Receiver } from './receive.ts';
import { post } from './send.ts';
import { startPayload, webhookSecret } from './start-link.ts';

/** Source: Bot API, "Sending files", `sendMessage`, `sendPhoto`. */
export const telegramCapabilities: Omit<Capabilities, 'inbound'> = {
  text: { most: 4096, unit: 'characters' },
  media: { types: ['*/*'], maxBytes: 50 * 1024 * 1024, perPiece: 1, caption: 1024 },
  receipts: [],
  rich: ['twilio/quick-reply', 'twilio/list-picker', 'twilio/call-to-action', 'twilio/location'],
  replies: true,
  reactions: 'both',
  window: null,
  groups: false,
};

/** One bot at Telegram. */
export class TelegramChannel implements Channel {
  readonly name: string;
  readonly idempotency: Idempotency;
  readonly capabilities: Capabilities;
  readonly #config: TelegramConfig;
  readonly #host: SenderHost;
  readonly #api: BotApi;
  /** Telegram tells one server what is new. */
  readonly #receiver: Turn<Receiver>;
  readonly #migrations: Migrations;
  readonly #reading: Reading;

  constructor(config: TelegramConfig, host: SenderHost, name: string) {
    this.name = name;
    this.#config = config;
    this.#host = host;
    this.#api = new BotApi(host.outgoing, config);
    this.#migrations = new Migrations(host);
    this.idempotency = { mode: 'none', afterUnknown: config.afterUnknown };
    const [bot = ''] = host.addresses;
    this.#reading = {
      token: config.token,
      bot,
      known: (chat) => this.#migrations.former(chat),
      now: () => host.clock.now(),
    };
    const { webhookUrl: url } = host;
    const webhook = config.webhook && url !== null ? { url, secret: webhookSecret(config.token) } : null;
    this.capabilities = { ...telegramCapabilities, inbound: [webhook ? 'webhook' : 'poll'] };
    const receive = () => {
      const receiver = new Receiver(this.#api, host, (updates) => this.#take(updates), webhook);
      receiver.start();
      return receiver;
    };
    this.#receiver = new Turn(host, 'updates', { mine: receive });
  }

  owns(address: Address): boolean {
    return this.#host.addresses.includes(address);
  }

  plan(message: OutboundMessage): Plan {
    return planForTelegram(this.capabilities, message);
  }

  linkInto(conversation: string): string {
    const name = this.#reading.bot.slice('telegram:@'.length);
    return `https://t.me/${name}?start=${startPayload(this.#config.token, conversation)}`;
  }

  async send(request: SendRequest, signal: AbortSignal): Promise<SendResult> {
    await this.#migrations.ready();
    const chat = chatOfAddress(request.recipient);
    const current = this.#migrations.current(chat);
    try {
      const answer = await post(this.#api, current, request, signal);
      if (answer.migrateTo === undefined) return this.#outcomeOf(answer, chat, request);
      await this.#migrations.note(current, answer.migrateTo);
      return this.#outcomeOf(await post(this.#api, answer.migrateTo, request, signal), chat, request);
    } catch (error) {
      if (error instanceof SendFailure) return outcomeWithoutAnswer(error);
      throw error;
    }
  }

  async webhook({ method, headers, body }: WebhookRequest): Promise<WebhookReply> {
    if (!this.#config.webhook || method !== 'POST') return { status: 405, events: [] };
    const given = Buffer.from(headers['x-telegram-bot-api-secret-token'] ?? '');
    const expected = Buffer.from(webhookSecret(this.#config.token));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { status: 401, events: [] };
    await this.#migrations.ready();
    const update = readObject(body.toString());
    if (!update) return { status: 200, events: [] };
    await this.#noteMigrations([update]);
    const events = readUpdate(update, this.#reading);
    const query = pressedIn(update);
    if (query === undefined) return { status: 200, events };
    // An answer may hold a call, which saves making it.
    const call = JSON.stringify({ method: 'answerCallbackQuery', callback_query_id: query });
    return { status: 200, headers: { 'content-type': 'application/json' }, body: call, events };
  }

  fetchMedia(source: unknown, signal: AbortSignal): Promise<FetchedMedia> {
    return fetchTelegramMedia(this.#api, source, signal);
  }

  health(): Health {
    const reason = this.#receiver.current?.problem ?? null;
    return reason === null ? { state: 'up' } : { state: 'degraded', reason };
  }

  start(): void {
    this.#receiver.start();
  }

  stop(): Promise<void> {
    return this.#receiver.stop();
  }

  async #take(updates: readonly Json[]): Promise<void> {
    await this.#migrations.ready();
    await this.#noteMigrations(updates);
    const events = updates.flatMap((update) => readUpdate(update, this.#reading));
    if (events.length > 0) await this.#host.ingest(events);
  }

  async #noteMigrations(updates: readonly Json[]): Promise<void> {
    for (const migration of updates.map(migrationIn)) {
      if (migration) await this.#migrations.note(migration.from, migration.to);
    }
  }

  #outcomeOf(answer: BotAnswer, chat: number, { deliveryId, reaction }: SendRequest): SendResult {
    if (!answer.ok) return refusalOf(answer);
    // There is no message of a reaction; its own name keeps it from being taken for the message it is about.
    if (reaction) return { outcome: 'accepted', providerId: `reaction ${deliveryId}`, status: 'sent' };
    const message = numberIn(asObject(answer.result), 'message_id');
    if (message !== undefined) return { outcome: 'accepted', providerId: providerIdOf(chat, message), status: 'sent' };
    return { outcome: 'unknown', error: { code: 'no-message', message: 'The answer names no message.' } };
  }
}
