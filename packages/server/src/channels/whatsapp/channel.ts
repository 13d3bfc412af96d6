import { parseProxyAddress } from '../../core/addresses.ts';
import { SendFailure } from '../../delivery/http/send-failure.ts';
import type { Channel, FetchedMedia, Health, SenderHost, WebhookReply, WebhookRequest } from '../channel.ts';
import type { InboundEvent } from '../events.ts';
import { asObject, asObjects, type Json } from '../json.ts';
import type { Address, Capabilities, OutboundMessage, Plan, SendRequest, SendResult } from '../message.ts';
import { outcomeWithoutAnswer } from '../no-answer.ts';
import { noteAccountNews } from './account-news.ts';
import { compose, fileOf } from './compose.ts';
import type { WhatsAppConfig } from './config.ts';
import { Downloads } from './download.ts';
import { refusalOf } from './errors.ts';
import { asText, Graph } from './graph.ts';
import { Condition } from './health.ts';
import { eventsOf } from './inbound.ts';
import { captionLimit, largestFile, mediaTypes } from './media-kinds.ts';
import { type MetaMessage, textLimit } from './meta-message.ts';
import { Pairs } from './pairs.ts';
import { People, personIn, phoneAddress, recipientFields } from './people.ts';
import { planMessage } from './plan.ts';
import { Templates } from './templates.ts';
import { Uploads } from './uploads.ts';
import { type Change, handshake, readChanges } from './webhook.ts';

/** How long after a person's last message he can be written to. */
export const windowHours = 24;

const capabilities: Capabilities = {
  text: { most: textLimit, unit: 'characters' },
  media: { types: mediaTypes, maxBytes: largestFile, own: true, perPiece: 1, caption: captionLimit },
  receipts: ['sent', 'delivered', 'read', 'undelivered', 'failed'],
  rich: [
    'twilio/card',
    'twilio/list-picker',
    'twilio/quick-reply',
    'twilio/call-to-action',
    'twilio/media',
    'twilio/location',
    'twilio/text',
  ],
  replies: true,
  reactions: 'both',
  window: { hours: windowHours },
  groups: false,
  inbound: ['webhook'],
};

/** How long after a message people see that it was read; by then it is on disk. Milliseconds. */
const markReadAfter = 1000;

/** One phone number of a business on WhatsApp, over Meta's Cloud API. */
export class WhatsAppChannel implements Channel {
  readonly name: string;
  readonly idempotency = { mode: 'correlate' } as const;
  readonly capabilities = capabilities;
  readonly #config: WhatsAppConfig;
  readonly #host: SenderHost;
  readonly #graph: Graph;
  readonly #templates: Templates;
  readonly #uploads: Uploads;
  readonly #downloads: Downloads;
  readonly #people: People;
  readonly #pairs = new Pairs();
  readonly #condition = new Condition();
  readonly #toMark = new Set<() => void>();

  constructor(config: WhatsAppConfig, host: SenderHost, name: string) {
    this.name = name;
    this.#config = config;
    this.#host = host;
    this.#graph = new Graph(host.outgoing, config);
    this.#templates = new Templates(this.#graph, config.businessAccountId, host.clock);
    this.#uploads = new Uploads(this.#graph, config.phoneNumberId, host.clock);
    this.#downloads = new Downloads(this.#graph, host.outgoing, config, host.clock);
    this.#people = new People(host);
  }

  owns(address: Address): boolean {
    return this.#host.addresses.includes(address);
  }

  plan(message: OutboundMessage): Plan {
    return planMessage(message, this.#config.templates);
  }

  async send(request: SendRequest, signal: AbortSignal): Promise<SendResult> {
    try {
      const composed = await compose(request, { templates: this.#templates, uploads: this.#uploads, signal });
      const result = 'outcome' in composed ? composed : await this.#post(request, composed.message, signal);
      return this.#noticed(request, result);
    } catch (error) {
      if (error instanceof SendFailure) return outcomeWithoutAnswer(error);
      throw error;
    }
  }

  async #post(request: SendRequest, message: MetaMessage, signal: AbortSignal): Promise<SendResult> {
    const { deliveryId, piece, replyTo } = request;
    const recipient = await this.#people.currentOf(request.recipient);
    const answer = await this.#graph.post(
      `${this.#config.phoneNumberId}/messages`,
      {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        ...recipientFields(recipient),
        ...message,
        ...(replyTo && !piece && message.type !== 'reaction' && { context: { message_id: replyTo } }),
        // Comes back with each status: the only way to learn the fate of a message whose answer got lost.
        biz_opaque_callback_data: deliveryId,
      },
      signal,
    );
    const providerId = asText(asObjects(answer.body?.['messages'])[0]?.['id']);
    if (answer.status >= 300) return refusalOf(answer);
    if (providerId === undefined) {
      const error = { code: 'no-id', message: 'Meta took the message and does not say under which id.' };
      return { outcome: 'unknown', error };
    }
    await this.#learn(recipient, answer.body);
    return { outcome: 'accepted', providerId, status: null };
  }

  /** Meta may know a person by another number than the one that was dialled, and by an id. */
  async #learn(recipient: Address, body: Json | null): Promise<void> {
    const [contact] = asObjects(body?.['contacts']);
    const person = personIn(contact?.['wa_id'], contact?.['user_id'], contact?.['parent_user_id']);
    try {
      if (person) await this.#people.learn([recipient, person.address, ...person.others]);
    } catch (error) {
      // The message is with Meta: that must not be said otherwise for this.
      this.#host.logger.warn({ error, channel: this.name }, 'who is whom could not be noted');
    }
  }

  #noticed(request: SendRequest, result: SendResult): SendResult {
    if (result.outcome === 'accepted') {
      this.#condition.up();
      this.#pairs.clear(request.recipient);
      return result;
    }
    if (result.outcome === 'unknown') return result;
    const { error } = result;
    const file = fileOf(request);
    if (file && (error.kind === 'bad-content' || error.kind === 'permanent')) this.#uploads.forget(file);
    if (error.kind === 'credentials' || error.kind === 'billing')
      this.#condition.down(`${error.code}: ${error.message}`);
    if (error.kind !== 'throttle' || error.scope !== 'recipient') return result;
    return { outcome: 'rejected', error: { ...error, retryAfterMs: this.#pairs.wait(request.recipient) } };
  }

  async webhook(request: WebhookRequest): Promise<WebhookReply> {
    if (request.method === 'GET') return handshake(request, this.#config.verifyToken);
    const changes = readChanges(request, this.#config.appSecret);
    if (!Array.isArray(changes)) return changes;
    try {
      const events: InboundEvent[] = [];
      for (const change of changes) events.push(...(await this.#take(change)));
      return { status: 200, events };
    } catch (error) {
      // Meta brings it again, for days, and what was taken in already is recognised then.
      this.#host.logger.error({ error, channel: this.name }, 'a webhook of WhatsApp could not be taken in');
      return { status: 503, events: [] };
    }
  }

  /**
   * An app has one URL for all its numbers, so what comes here may be for another sender: that one takes it in, before
   * this request is answered. What is for no sender at all is taken in here, under the number that it is for.
   */
  async #take(change: Change): Promise<readonly InboundEvent[]> {
    const { phoneNumberId } = change;
    const others = (this.#host.peers?.() ?? []).filter(
      (peer): peer is WhatsAppChannel => peer !== this && peer instanceof WhatsAppChannel,
    );
    // Those of the same app know the secret that signed the request.
    const siblings = others.filter((peer) => peer.#config.appSecret === this.#config.appSecret);
    if (phoneNumberId === undefined) {
      for (const channel of [this, ...siblings]) channel.#hear(change);
      return [];
    }
    if (phoneNumberId === this.#config.phoneNumberId) return this.#read(change);
    const isFor = (channel: WhatsAppChannel) => channel.#config.phoneNumberId === phoneNumberId;
    const sibling = siblings.find(isFor);
    if (sibling) {
      await sibling.#host.ingest(await sibling.#read(change));
      return [];
    }
    if (!others.some(isFor)) return this.#read(change);
    // Its own app reports the same to it.
    this.#host.logger.warn({ channel: this.name, phoneNumberId }, 'an app reports for a number of another app');
    return [];
  }

  async #read({ field, phoneNumberId, value }: Change): Promise<InboundEvent[]> {
    const isOwn = phoneNumberId === this.#config.phoneNumberId;
    const [own] = this.#host.addresses;
    const metadata = asObject(value['metadata']);
    const recipient = isOwn ? own : phoneAddress(metadata?.['display_phone_number']);
    if (field !== 'messages' || recipient === undefined) {
      this.#host.logger.info({ channel: this.name, field, phoneNumberId }, 'a webhook of WhatsApp is of no use here');
      return [];
    }
    for (const error of asObjects(value['errors'])) {
      this.#host.logger.warn({ channel: this.name, error }, 'WhatsApp reports an error');
    }
    const events = await eventsOf(value, {
      recipient,
      people: this.#people,
      now: this.#host.clock.now(),
      // Not what is in it: people wrote that.
      skip: (what, given) =>
        this.#host.logger.warn({ channel: this.name, fields: Object.keys(given) }, `WhatsApp reports ${what}`),
    });
    if (isOwn && this.#config.markRead) this.#markRead(events);
    return events;
  }

  #hear({ field, account, value }: Change): void {
    const number = phoneAddress(value['display_phone_number']);
    if (account !== this.#config.businessAccountId || (number !== undefined && !this.owns(number))) return;
    if (field === 'message_template_status_update' || field === 'message_template_components_update') {
      this.#templates.forget();
    }
    noteAccountNews(field, value, this.#condition);
    this.#host.logger.info({ channel: this.name, field, value }, 'WhatsApp says something about the account');
  }

  #markRead(events: readonly InboundEvent[]): void {
    const messages = events.filter((event) => event.type === 'message' && event.reaction === undefined);
    if (messages.length === 0) return;
    const callOff = this.#host.clock.at(this.#host.clock.now() + markReadAfter, async () => {
      this.#toMark.delete(callOff);
      for (const { eventId } of messages) {
        const read = { messaging_product: 'whatsapp', status: 'read', message_id: eventId };
        try {
          await this.#graph.post(`${this.#config.phoneNumberId}/messages`, read);
        } catch (error) {
          this.#host.logger.info({ channel: this.name, error }, 'a message could not be marked as read');
        }
      }
    });
    this.#toMark.add(callOff);
  }

  fetchMedia(source: unknown, signal: AbortSignal): Promise<FetchedMedia> {
    return this.#downloads.fetch(source, signal);
  }

  health(): Health {
    return this.#condition.current();
  }

  async stop(): Promise<void> {
    for (const callOff of this.#toMark) callOff();
    this.#toMark.clear();
  }
}

/** Has WhatsApp own addresses of this form? Businesses always have a number. */
export function isOwnAddress(address: Address): boolean {
  const parsed = parseProxyAddress(address);
  return parsed.ok && parsed.type === 'whatsapp' && address.startsWith('whatsapp:+');
}
