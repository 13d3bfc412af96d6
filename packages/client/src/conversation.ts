import type { RealtimeMethod } from '@colloquy/protocol';
import type { CallOptions } from './call-options.ts';
import type { Result } from './connection/requests.ts';
import { largestPage } from './connection/wire.ts';
import type { ChangeParams } from './context.ts';
import type {
  ConversationBindings,
  ConversationState,
  ConversationStatus,
  LastMessage,
  NotificationLevel,
  SendEmailOptions,
} from './conversation-events.ts';
import type { ConversationLimits } from './conversation-limits.ts';
import { ConversationMirror } from './conversation-mirror.ts';
import { type RecipientDescriptor, recipientPages } from './email/recipients.ts';
import { notIn } from './errors.ts';
import { nameEvents } from './event-names.ts';
import { type JSONValue, writeJson } from './json.ts';
import type { SendMediaOptions } from './media/file.ts';
import type { Message } from './message.ts';
import { contentOf, MessageBuilder, type MessageContent, type SendOptions } from './message-builder.ts';
import { dateOf } from './mirror.ts';
import type { Paginator, PaginatorOptions } from './paginator.ts';
import type { Participant, ParticipantBindingOptions } from './participant.ts';
import type { ParticipantResponse } from './participant-response.ts';
import type { PendingMessage } from './sending/pending-message.ts';

type ReadChange = NonNullable<ChangeParams<'membership.update'>['read']>;
/** What is told to a method besides the conversation. */
type Details<M extends RealtimeMethod> = Omit<ChangeParams<M>, 'conversation'>;

/** A thread that people take part in. While the user is in it, everything in it is kept up to date by events. */
export class Conversation extends ConversationMirror {
  /** @internal */
  static readonly _events: unknown = /* @__PURE__ */ nameEvents(this, [
    'participantJoined',
    'participantLeft',
    'participantUpdated',
    'messageAdded',
    'messageRemoved',
    'messageUpdated',
    'typingStarted',
    'typingEnded',
    'pendingMessagesChanged',
    'updated',
    'removed',
  ]);
  declare static readonly participantJoined: 'participantJoined';
  declare static readonly participantLeft: 'participantLeft';
  declare static readonly participantUpdated: 'participantUpdated';
  declare static readonly messageAdded: 'messageAdded';
  declare static readonly messageRemoved: 'messageRemoved';
  declare static readonly messageUpdated: 'messageUpdated';
  declare static readonly typingStarted: 'typingStarted';
  declare static readonly typingEnded: 'typingEnded';
  declare static readonly pendingMessagesChanged: 'pendingMessagesChanged';
  declare static readonly updated: 'updated';
  declare static readonly removed: 'removed';

  /** No number until he has typed. */
  #typedAt = Number.NaN;

  declare readonly sid: string;

  declare readonly friendlyName: string | null;

  declare readonly uniqueName: string | null;

  /** Is the user in it? */
  get status(): ConversationStatus {
    return this._membership ? 'joined' : 'notParticipating';
  }

  /** Undefined while the server is still setting it up. */
  get state(): ConversationState | undefined {
    const { state, dateStateUpdated } = this._data;
    return state === 'initializing' ? undefined : { current: state, dateUpdated: dateOf(dateStateUpdated) };
  }

  /** Identity of the creator; `system` for one that a back end made. */
  declare readonly createdBy: string;

  declare readonly dateCreated: Date | null;

  declare readonly dateUpdated: Date | null;

  /** Undefined while there is none. */
  get lastMessage(): LastMessage | undefined {
    const { lastMessage } = this._data;
    return lastMessage ? { index: lastMessage.index, dateCreated: dateOf(lastMessage.dateCreated) } : undefined;
  }

  /** Index of the last message that the user has read: the read horizon. Null until it is set. */
  get lastReadMessageIndex(): number | null {
    return this._membership?.lastReadMessageIndex ?? null;
  }

  /** The user's own, for push notifications. */
  get notificationLevel(): NotificationLevel {
    return this._membership?.notificationLevel ?? 'default';
  }

  /** Messages of this client that are not on the server yet; another list after each change. */
  get pendingMessages(): readonly PendingMessage[] {
    return this._context.sendQueue.viewsOf(this.sid);
  }

  /** Addresses of the conversation itself, not those of its participants. */
  get bindings(): ConversationBindings {
    const { email } = this._data;
    return email ? { email } : {};
  }

  /** What its messages may have attached. */
  get limits(): ConversationLimits {
    return this._context.limits;
  }

  /**
   * Adds a chat user, who need not have connected before.
   *
   * @param attributes of the participant, at most 4 KB of JSON
   * @throws ColloquyError 50433 when he is in already, 50107 when the user's role does not allow it
   */
  add(identity: string, attributes?: JSONValue, options?: CallOptions): Promise<ParticipantResponse> {
    return this.#add('participants.add', { identity, attributes: writeJson(attributes) }, options);
  }

  /**
   * Adds a person on a channel outside chat, such as SMS.
   *
   * @param proxyAddress yours, from which the person hears; for e-mail the conversation has it, and this may be empty
   * @param address of the person, on the same channel
   * @param bindingOptions name and level of a person by e-mail
   * @throws ColloquyError 50416 when the pair is in use in another conversation
   */
  addNonChatParticipant(
    proxyAddress: string,
    address: string,
    attributes: JSONValue = {},
    bindingOptions: ParticipantBindingOptions = {},
    options?: CallOptions,
  ): Promise<ParticipantResponse> {
    const { name, level } = bindingOptions.email ?? {};
    const params = { proxyAddress, address, attributes: writeJson(attributes), name, level };
    return this.#add('participants.addNonChat', params, options);
  }

  /** Takes somebody out. @param participant the object, its SID or its identity */
  async removeParticipant(participant: string | Participant, options?: CallOptions): Promise<void> {
    const ref = typeof participant === 'string' ? participant : participant.sid;
    await this._commit('participants.remove', { participant: ref }, options);
  }

  /** All participants, those outside chat as well, in the order in which they came. They are kept up to date. */
  getParticipants(options?: CallOptions): Promise<Participant[]> {
    return this._roster.listAll(options);
  }

  /** How many there are. */
  async getParticipantsCount(options?: CallOptions): Promise<number> {
    return (await this.#counts(options)).participants;
  }

  /** One participant. @throws ColloquyError 50432 when there is none */
  getParticipantBySid(participantSid: string, options?: CallOptions): Promise<Participant> {
    return this._roster.byRef(participantSid, options);
  }

  /** The participant that a chat user is. @throws ColloquyError 50432 when he is none */
  getParticipantByIdentity(identity?: string | null, options?: CallOptions): Promise<Participant> {
    return this._roster.byRef(identity ?? '', options);
  }

  /** Takes part. @throws ColloquyError 50433 when the user is in it already */
  async join(options?: CallOptions): Promise<Conversation> {
    await this._context.conversationStore.join(this.sid, options);
    return this;
  }

  /** Does nothing when the user is not in it. */
  async leave(options?: CallOptions): Promise<Conversation> {
    const membership = this._membership;
    if (!membership) return this;
    await this._context.askOnce('conversations.leave', { conversation: this.sid }, options);
    // He may be in again already.
    if (this._membership?.participantSid === membership.participantSid) this._context.conversationStore.onLeft(this);
    return this;
  }

  /** Deletes the conversation for everybody. */
  async delete(options?: CallOptions): Promise<Conversation> {
    await this._context.askOnce('conversations.delete', { conversation: this.sid }, options);
    this._context.removedSids.add(this.sid);
    this._context.conversationStore.onLeft(this);
    return this;
  }

  /**
   * Sends a message; resolves when it is on the server's disk. Until then it is in `pendingMessages`, also without a
   * connection. It is sent once, and messages of one client into one conversation keep their order.
   *
   * @param message text, at most 32 KB in UTF-8; or a file, alone or in a form
   * @param attributes at most 4 KB of JSON
   * @returns the index of the message
   */
  sendMessage(
    message: string | null | FormData | SendMediaOptions,
    attributes: JSONValue = {},
    emailOptions?: SendEmailOptions,
    options?: SendOptions,
  ): Promise<number> {
    return this.#send(contentOf(message ?? '', attributes, emailOptions?.subject), options);
  }

  /** Begins a message with more to it than a text: files, a template, the parts of an e-mail. */
  prepareMessage(): MessageBuilder {
    return new MessageBuilder(this.limits, (content, options) => this.#send(content, options));
  }

  /** Whom its messages were sent to by e-mail, and from whom they came; oldest first. @param options `pageSize` is at most 100 */
  getMessageRecipients(options: PaginatorOptions = {}): Promise<Paginator<RecipientDescriptor>> {
    return recipientPages(this._context, this.sid, options);
  }

  /**
   * A page of messages, ascending by index; `prevPage` leads to older ones, `nextPage` to newer ones.
   *
   * @param pageSize at most 100
   * @param anchor index at which the page ends, or forward begins; the newest message, or forward the first
   */
  getMessages(
    pageSize = 30,
    anchor?: number,
    direction: 'backwards' | 'forward' = 'backwards',
    options?: CallOptions,
  ): Promise<Paginator<Message>> {
    return this._timeline.page(
      { conversation: this.sid, limit: Math.min(pageSize, largestPage), direction, anchor },
      options,
    );
  }

  /** How many messages there are, removed ones not counted. */
  async getMessagesCount(options?: CallOptions): Promise<number> {
    return (await this.#counts(options)).messages;
  }

  /**
   * Messages after the read horizon, exactly; null while there is none.
   *
   * @throws ColloquyError 50430 where the user is no participant
   */
  async getUnreadMessagesCount(options?: CallOptions): Promise<number | null> {
    if (!this._membership) throw notIn();
    return (await this.#counts(options)).unread;
  }

  /** Moves the read horizon forward, never back. @returns the number of unread messages */
  advanceLastReadMessageIndex(index: number, options?: CallOptions): Promise<number> {
    return this.#read({ mode: 'advance', index }, options);
  }

  /** Moves the read horizon, forward or back; null takes it away. @returns the number of unread messages */
  updateLastReadMessageIndex(index: number | null, options?: CallOptions): Promise<number> {
    return this.#read({ mode: 'set', index }, options);
  }

  /** @returns the number of unread messages */
  setAllMessagesRead(options?: CallOptions): Promise<number> {
    return this.#read({ mode: 'all' }, options);
  }

  /** @returns the number of unread messages */
  setAllMessagesUnread(options?: CallOptions): Promise<number> {
    return this.#read({ mode: 'none' }, options);
  }

  /** `muted`: the user gets no push notifications of this conversation. `default`: as the service is configured. */
  async setUserNotificationLevel(notificationLevel: NotificationLevel, options?: CallOptions): Promise<void> {
    await this.#updateMembership({ notificationLevel }, options);
  }

  /** Tells the others that the user is typing. Call it with each key: not every call goes to the server. */
  async typing(options?: CallOptions): Promise<void> {
    const now = this._context.timeSource.now();
    // Said again at half time, so that the others see it without a break.
    if (now - this.#typedAt < this._context.typingLasts / 2) return;
    this.#typedAt = now;
    try {
      await this._context.ask('typing', { conversation: this.sid }, options, true);
    } catch (error) {
      this.#typedAt = Number.NaN;
      throw error;
    }
  }

  /** At most 16 KB of JSON. */
  updateAttributes(attributes: JSONValue, options?: CallOptions): Promise<Conversation> {
    return this.#update({ attributes: writeJson(attributes) }, options);
  }

  /** As the property `attributes`. */
  async getAttributes(): Promise<JSONValue> {
    return this.attributes;
  }

  /** At most 256 characters. */
  updateFriendlyName(friendlyName: string | null, options?: CallOptions): Promise<Conversation> {
    return this.#update({ friendlyName }, options);
  }

  /** At most 256 characters; null takes the name away. @throws ColloquyError 50353 when another one has it */
  updateUniqueName(uniqueName: string | null, options?: CallOptions): Promise<Conversation> {
    return this.#update({ uniqueName }, options);
  }

  #send(content: MessageContent, options?: SendOptions): Promise<number> {
    // A message ends the typing for the others; the next key is news again.
    this.#typedAt = Number.NaN;
    return this._context.sendQueue.send(this.sid, content, options);
  }

  async #read(read: ReadChange, options: CallOptions | undefined): Promise<number> {
    const unread = await this.#updateMembership({ read }, options);
    // Without a horizon all are unread.
    return unread ?? this.getMessagesCount(options);
  }

  async #updateMembership(
    change: Details<'membership.update'>,
    options: CallOptions | undefined,
  ): Promise<number | null> {
    const { feed, user } = this._context;
    const answer = await this._context.askOnce('membership.update', { conversation: this.sid, ...change }, options);
    await feed.reached(user._data.sid, answer.position);
    return answer.unread;
  }

  async #update(change: Details<'conversations.update'>, options: CallOptions | undefined): Promise<Conversation> {
    await this._commit('conversations.update', change, options, (entry) =>
      this._take({ ...entry.conversation, position: entry.position }),
    );
    return this;
  }

  async #add<M extends 'participants.add' | 'participants.addNonChat'>(
    method: M,
    params: Details<M>,
    options: CallOptions | undefined,
  ): Promise<ParticipantResponse> {
    return (await this._commit(method, params, options)).rest;
  }

  /** @internal Changes something in it, and waits until that shows. @param apply shows it where no events come */
  async _commit<
    M extends { [M in RealtimeMethod]: Result<M> extends { position: number } ? M : never }[RealtimeMethod],
  >(
    method: M,
    params: Details<M>,
    options: CallOptions | undefined,
    apply: (answer: Result<M>) => void = () => {},
  ): Promise<Result<M>> {
    const all = { conversation: this.sid, ...params } as unknown as ChangeParams<M>;
    const answer = await this._context.askOnce(method, all, options);
    await this._settle(answer.position, () => apply(answer));
    return answer;
  }

  #counts(options: CallOptions | undefined) {
    return this._context.ask('conversations.counts', { conversation: this.sid }, options);
  }
}
