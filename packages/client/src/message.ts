import type { MessageResource } from '@colloquy/protocol';
import type { CallOptions } from './call-options.ts';
import type { Context } from './context.ts';
import type { Conversation } from './conversation.ts';
import { AggregatedDeliveryReceipt, DetailedDeliveryReceipt } from './delivery-receipts.ts';
import { type JSONValue, writeJson } from './json.ts';
import { dateOf, Mirror, type Reasons } from './mirror.ts';
import type { Participant } from './participant.ts';

export type MessageUpdateReason =
  | 'body'
  | 'lastUpdatedBy'
  | 'dateCreated'
  | 'dateUpdated'
  | 'attributes'
  | 'author'
  | 'deliveryReceipt'
  | 'subject';

export type MessageType = 'text' | 'media';

export interface MessageUpdatedEventArgs {
  message: Message;
  updateReasons: MessageUpdateReason[];
}

export type MessageEvents = {
  updated: (data: MessageUpdatedEventArgs) => void;
};

/** @internal */
export const messageReasons: Reasons<MessageResource, MessageUpdateReason> = {
  body: 'body',
  subject: 'subject',
  attributes: 'attributes',
  author: 'author',
  lastUpdatedBy: 'lastUpdatedBy',
  delivery: 'deliveryReceipt',
  dateCreated: 'dateCreated',
  dateUpdated: 'dateUpdated',
};

/** A message of a conversation. */
export class Message extends Mirror<MessageEvents> {
  /** @internal */
  declare _data: MessageResource;
  static readonly updated = 'updated';
  readonly conversation: Conversation;
  readonly #context: Context;
  #receipt: AggregatedDeliveryReceipt | undefined;
  #receiptOf: unknown;

  /** @internal */
  constructor(context: Context, conversation: Conversation, data: MessageResource, revision: number) {
    super(data, revision);
    this.#context = context;
    this.conversation = conversation;
  }

  get sid(): string {
    return this._data.sid;
  }

  /** Counts from 0 in the conversation; a removed message leaves a hole. */
  get index(): number {
    return this._data.index;
  }

  /** Identity or address of who wrote it, or any name that a back end gave. */
  get author(): string | null {
    return this._data.author;
  }

  get body(): string | null {
    return this._data.body;
  }

  /** Of e-mails. */
  get subject(): string | null {
    return this._data.subject;
  }

  /** Of the content template that it was made from. */
  get contentSid(): string | null {
    return this._data.contentSid;
  }

  /** Identity of who changed it last; null if nobody did. */
  get lastUpdatedBy(): string | null {
    return this._data.lastUpdatedBy;
  }

  get dateCreated(): Date | null {
    return dateOf(this._data.dateCreated);
  }

  get dateUpdated(): Date | null {
    return dateOf(this._data.dateUpdated);
  }

  /** Messages are text so far. */
  get type(): MessageType {
    return 'text';
  }

  /** Null when the author is no participant, such as a back end. */
  get participantSid(): string | null {
    return this._data.participantSid;
  }

  /** Null when no participant outside chat gets a copy. */
  get aggregatedDeliveryReceipt(): AggregatedDeliveryReceipt | null {
    const { delivery } = this._data;
    if (!delivery) return null;
    if (this.#receiptOf !== delivery) {
      this.#receiptOf = delivery;
      this.#receipt = new AggregatedDeliveryReceipt(delivery);
    }
    return this.#receipt ?? null;
  }

  /**
   * The participant who wrote it.
   *
   * @throws ColloquyError 50432 when the author has left, or never was one
   */
  getParticipant(options?: CallOptions): Promise<Participant> {
    return this.conversation._roster.one(this._data.participantSid ?? this._data.author, options);
  }

  /** What became of each copy for participants outside chat. */
  async getDetailedDeliveryReceipts(options?: CallOptions): Promise<DetailedDeliveryReceipt[]> {
    const { items } = await this.#context.request('messages.receipts', this.#name(), options);
    return items.map((receipt) => new DetailedDeliveryReceipt(receipt));
  }

  /**
   * What a message that was made from a content template shows beyond its body: a type such as `twilio/quick-reply`,
   * and what the template has for it, filled in. Null for other messages.
   */
  async getContent(options?: CallOptions): Promise<{ type: string; content: Record<string, unknown> } | null> {
    if (this.contentSid === null) return null;
    return (await this.#context.request('messages.content', this.#name(), options)).content;
  }

  /** At most 32 KB in UTF-8. */
  updateBody(body: string, options?: CallOptions): Promise<Message> {
    return this.#update({ body }, options);
  }

  /** At most 4 KB of JSON. */
  updateAttributes(attributes: JSONValue, options?: CallOptions): Promise<Message> {
    return this.#update({ attributes: writeJson(attributes) as string }, options);
  }

  /** Removes the message for everybody. */
  async remove(options?: CallOptions): Promise<Message> {
    const { position } = await this.#context.change('messages.remove', this.#name(), options);
    await this.conversation._settle(position, () => this.conversation._timeline.remove(this._data));
    return this;
  }

  #name(): { conversation: string; index: number } {
    return { conversation: this._data.conversationSid, index: this._data.index };
  }

  async #update(change: { body?: string; attributes?: string }, options: CallOptions | undefined): Promise<Message> {
    const params = { ...this.#name(), ...change };
    const { position, ...data } = await this.#context.change('messages.update', params, options);
    await this.conversation._settle(position, (revision) => this.conversation._timeline.put(data, revision));
    return this;
  }
}
