import { GraphError } from './graph-error.ts';
import { addressOf } from './phones.ts';
import { metadataOf, type News, type Webhooks } from './webhooks.ts';
import type { BusinessNumber, PersonState, World } from './world.ts';

export type WhatsAppStatus = 'sent' | 'delivered' | 'read' | 'failed';

/** How the network reports. */
export interface Reporting {
  /** After a message was taken, in milliseconds; null: never. */
  sentAfter: number | null;
  deliveredAfter: number | null;
  /** The first status is posted before the message is answered. */
  beforeAnswer: boolean;
  /** Every status comes twice. */
  twice: boolean;
  /** The later statuses come before the earlier ones. */
  reversed: boolean;
  /** A message that must not be sent now is refused in the answer, or in a status later on, as Meta mostly does. */
  windowRefusal: 'answer' | 'status';
}

/** A message of the business, as it is reported on. */
export interface SentMessage {
  id: string;
  number: BusinessNumber;
  person: PersonState;
  /** How it was addressed: by the number or by the id. */
  byNumber: boolean;
  opaque: string | undefined;
  failure: GraphError | undefined;
}

export class Statuses {
  readonly #world: World;
  readonly #webhooks: Webhooks;
  readonly reporting: Reporting;
  readonly #sent = new Map<string, SentMessage>();

  constructor(world: World, webhooks: Webhooks, reporting: Reporting) {
    this.#world = world;
    this.#webhooks = webhooks;
    this.reporting = reporting;
  }

  /** A message was taken. Resolves when it may be answered. */
  async follow(message: SentMessage): Promise<void> {
    this.#sent.set(message.id, message);
    const { sentAfter, deliveredAfter, beforeAnswer, reversed } = this.reporting;
    if (message.failure) return this.#later(message, 'failed', sentAfter);
    const [first, second] = reversed ? (['delivered', 'sent'] as const) : (['sent', 'delivered'] as const);
    if (beforeAnswer) await this.report(message.id, first);
    else this.#later(message, first, sentAfter);
    this.#later(message, second, deliveredAfter);
  }

  #later(message: SentMessage, status: WhatsAppStatus, after: number | null): void {
    const { clock } = this.#world;
    if (after !== null) clock.at(clock.now() + after, () => void this.report(message.id, status));
  }

  /** @returns the status of the answer to the webhook */
  async report(id: string, status: WhatsAppStatus, code?: number): Promise<number | null> {
    const message = this.#sent.get(id);
    if (!message) throw new Error(`No message was sent with the id ${id}.`);
    const failure = code === undefined ? message.failure : new GraphError(code);
    const news = this.#news(message, status, failure);
    const answered = await this.#webhooks.tell(...(this.reporting.twice ? [news, news] : [news]));
    const problem = status === 'failed' ? `Meta's error ${failure?.code ?? 131000}` : null;
    this.#world.log.report(id, addressOf(message.person), status, problem);
    return answered;
  }

  #news({ id, number, person, byNumber, opaque }: SentMessage, status: WhatsAppStatus, failure?: GraphError): News {
    const shown = byNumber || !person.hidesNumber;
    return {
      account: number.account,
      field: 'messages',
      value: {
        messaging_product: 'whatsapp',
        metadata: metadataOf(number),
        ...(status !== 'failed' && {
          contacts: [
            { profile: { name: person.name }, ...(shown && { wa_id: person.number }), user_id: person.userId },
          ],
        }),
        statuses: [
          {
            id,
            status,
            timestamp: String(Math.floor(this.#world.clock.now() / 1000)),
            ...(shown && { recipient_id: person.number }),
            recipient_user_id: person.userId,
            ...(opaque !== undefined && { biz_opaque_callback_data: opaque }),
            ...(status === 'failed' && failure && { errors: [failure.inStatus()] }),
            ...(status === 'sent' && {
              pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'service' },
            }),
          },
        ],
      },
    };
  }
}
