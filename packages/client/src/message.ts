import type { MessageResource } from '@colloquy/protocol';
import type { CallOptions } from './call-options.ts';
import { type CancellablePromise, cancellable } from './cancellable-promise.ts';
import type { ChannelMetadata } from './channel-metadata.ts';
import type { Params, Result } from './connection/requests.ts';
import type { ContentData } from './content/content-data.ts';
import type { Context } from './context.ts';
import type { Conversation } from './conversation.ts';
import { AggregatedDeliveryReceipt, DetailedDeliveryReceipt } from './delivery-receipts.ts';
import { describeRecipients, type RecipientDescriptor } from './email/recipients.ts';
import { nameEvents } from './event-names.ts';
import { type JSONValue, writeJson } from './json.ts';
import { Media, type MediaCategory, sidsOf } from './media/media.ts';
import { Mirror, type Reasons } from './mirror.ts';
import type { Participant } from './participant.ts';

/** What has changed of a message: the properties of these names; `deliveryReceipt`: the aggregated one. */
export type MessageUpdateReason =
  | 'body'
  | 'lastUpdatedBy'
  | 'dateCreated'
  | 'dateUpdated'
  | 'attributes'
  | 'author'
  | 'deliveryReceipt'
  | 'subject'
  | 'media';

/** Does a message have files attached? */
export type MessageType = 'text' | 'media';

export interface MessageUpdatedEventArgs {
  message: Message;
  updateReasons: MessageUpdateReason[];
}

export type MessageEvents = {
  /** A property of it has changed. */
  updated: (data: MessageUpdatedEventArgs) => void;
};

const messageReasons: Reasons<MessageResource, MessageUpdateReason> = [
  'body',
  'subject',
  'attributes',
  'author',
  'lastUpdatedBy',
  'delivery deliveryReceipt',
  'dateCreated',
  'dateUpdated',
  'media',
];

/** A message of a conversation. */
export class Message extends Mirror<MessageEvents> {
  /** @internal */
  static readonly _events: unknown = /* @__PURE__ */ nameEvents(this, ['updated']);
  /** @internal */
  declare _data: MessageResource;
  declare static readonly updated: 'updated';
  declare readonly conversation: Conversation;
  #receipt: AggregatedDeliveryReceipt | undefined;
  #receiptOf: unknown;
  #media: Media[] = [];
  #mediaOf: unknown;

  /** @internal */
  constructor(context: Context, conversation: Conversation, data: MessageResource) {
    super('message', messageReasons, context, data, conversation);
  }

  declare readonly sid: string;

  /** Counts from 0 in the conversation; a removed message leaves a hole. */
  declare readonly index: number;

  /** Identity or address of who wrote it, or any name that a back end gave. */
  declare readonly author: string | null;

  declare readonly body: string | null;

  /** Of e-mails. */
  declare readonly subject: string | null;

  /** Of the content template that it was made from. */
  declare readonly contentSid: string | null;

  /** Identity of who changed it last; null if nobody did. */
  declare readonly lastUpdatedBy: string | null;

  declare readonly dateCreated: Date | null;

  declare readonly dateUpdated: Date | null;

  /** `media` if it has files attached. */
  get type(): MessageType {
    return this.media ? 'media' : 'text';
  }

  /** The first file that is attached. */
  get media(): Media | null {
    return this.attachedMedia[0] ?? null;
  }

  /** All files that are attached, but for the parts of an e-mail. */
  get attachedMedia(): Media[] {
    return this.getMediaByCategories(['media']);
  }

  /** Null when the author is no participant, such as a back end. */
  declare readonly participantSid: string | null;

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

  /** Of its files and the parts of an e-mail, those of these categories. */
  getMediaByCategories(categories: MediaCategory[]): Media[] {
    const { media } = this._data;
    if (this.#mediaOf !== media) {
      this.#mediaOf = media;
      this.#media = (media ?? []).map((resource) => new Media(resource, this._context.mediaLinks));
    }
    return this.#media.filter(({ category }) => categories.includes(category));
  }

  /** The same as `getMediaByCategories`. */
  getMediaByCategory(categories: MediaCategory[]): Media[] {
    return this.getMediaByCategories(categories);
  }

  /** The body of an e-mail, of one content type. @param type `text/plain` or `text/html` */
  getEmailBody(type = 'text/plain'): Media | null {
    return this.#part('body', type);
  }

  /** What an e-mail quotes. @param type `text/plain` or `text/html` */
  getEmailHistory(type = 'text/plain'): Media | null {
    return this.#part('history', type);
  }

  /** Gets the temporary addresses of these, so that asking each for its own takes no time. @returns the same media */
  async attachTemporaryUrlsFor(contentSet: Media[] | null, options?: CallOptions): Promise<Media[]> {
    const media = contentSet ?? [];
    await this.getTemporaryContentUrlsForMedia(media, options);
    return media;
  }

  /** As the client's method of this name. */
  getTemporaryContentUrlsForMedia(contentSet: Media[], options?: CallOptions): CancellablePromise<Map<string, string>> {
    return this.getTemporaryContentUrlsForMediaSids(sidsOf(contentSet), options);
  }

  /** As the client's method of this name. */
  getTemporaryContentUrlsForMediaSids(
    mediaSids: string[],
    options?: CallOptions,
  ): CancellablePromise<Map<string, string>> {
    return cancellable(() => this._context.mediaLinks.linksOf(mediaSids), options);
  }

  /** The same for all files that are attached. */
  getTemporaryContentUrlsForAttachedMedia(options?: CallOptions): CancellablePromise<Map<string, string>> {
    return this.getTemporaryContentUrlsForMedia(this.attachedMedia, options);
  }

  /**
   * The participant who wrote it.
   *
   * @throws ColloquyError 50432 when the author has left, or never was one
   */
  getParticipant(options?: CallOptions): Promise<Participant> {
    return this.conversation._roster.byRef(this._data.participantSid ?? this._data.author, options);
  }

  /** What became of each copy for participants outside chat. */
  async getDetailedDeliveryReceipts(options?: CallOptions): Promise<DetailedDeliveryReceipt[]> {
    const { items } = await this.#ask('messages.receipts', options);
    return items.map((receipt) => new DetailedDeliveryReceipt(receipt));
  }

  /** What a message that was made from a content template shows beyond its body; null for other messages. */
  getContentData(options?: CallOptions): CancellablePromise<ContentData | null> {
    return cancellable(
      async (given) =>
        this.contentSid === null ? null : ((await this.#ask('messages.content', given)).content as ContentData | null),
      options,
    );
  }

  /** What its channel says of it besides. Null, without asking: no channel of the server has anything so far. */
  async getChannelMetadata(_options?: CallOptions): Promise<ChannelMetadata | null> {
    return null;
  }

  /** Whom it was sent to by e-mail, and from whom it came. */
  async getMessageRecipients(options?: CallOptions): Promise<RecipientDescriptor[]> {
    const { items } = await this.#ask('messages.recipients', options);
    return describeRecipients(items);
  }

  /** At most 32 KB in UTF-8. */
  updateBody(body: string, options?: CallOptions): Promise<Message> {
    return this.#update({ body }, options);
  }

  /** At most 4 KB of JSON. */
  updateAttributes(attributes: JSONValue, options?: CallOptions): Promise<Message> {
    return this.#update({ attributes: writeJson(attributes) }, options);
  }

  /** Removes the message for everybody. */
  async remove(options?: CallOptions): Promise<Message> {
    const { conversation, index } = this;
    await conversation._commit('messages.remove', { index }, options, () => conversation._timeline.remove(this._data));
    return this;
  }

  #part(category: MediaCategory, type: string): Media | null {
    return this.getMediaByCategories([category]).find(({ contentType }) => contentType === type) ?? null;
  }

  #ask<M extends 'messages.receipts' | 'messages.content' | 'messages.recipients'>(
    method: M,
    options: CallOptions | undefined,
  ): Promise<Result<M>> {
    return this._context.ask(method, { conversation: this.conversation.sid, index: this.index } as Params<M>, options);
  }

  async #update(
    change: Pick<Params<'messages.update'>, 'body' | 'attributes'>,
    options: CallOptions | undefined,
  ): Promise<Message> {
    const { conversation, index } = this;
    await conversation._commit('messages.update', { index, ...change }, options, (answer) =>
      conversation._timeline.upsert(answer),
    );
    return this;
  }
}
