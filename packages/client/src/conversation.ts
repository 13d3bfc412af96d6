import type { AnyStreamEvent, ConversationResource, MembershipResource, ParticipantResource } from '@colloquy/protocol';
import { largestPage } from './connection/wire.ts';
import type { ChangeParams, Context } from './context.ts';
import {
  type ConversationBindings,
  type ConversationEvents,
  type ConversationState,
  type ConversationStatus,
  type ConversationUpdateReason,
  conversationReasons,
  type LastMessage,
  membershipReasons,
  type NotificationLevel,
  type SendEmailOptions,
} from './conversation-events.ts';
import { notIn } from './errors.ts';
import { type JSONValue, writeJson } from './json.ts';
import type { Message } from './message.ts';
import { contentOf, MessageBuilder, type MessageContent } from './message-builder.ts';
import { compare, dateOf, Mirror } from './mirror.ts';
import type { Paginator } from './paginator.ts';
import type { Participant } from './participant.ts';
import { type ParticipantResponse, respond } from './participant-response.ts';
import { Roster } from './store/roster.ts';
import { Timeline } from './store/timeline.ts';

type ReadChange = NonNullable<ChangeParams<'membership.update'>['read']>;

/** A thread that people take part in. While the user is in it, everything in it is kept up to date by events. */
export class Conversation extends Mirror<ConversationEvents> {
  /** @internal */
  declare _data: ConversationResource;
  static readonly participantJoined = 'participantJoined';
  static readonly participantLeft = 'participantLeft';
  static readonly participantUpdated = 'participantUpdated';
  static readonly messageAdded = 'messageAdded';
  static readonly messageRemoved = 'messageRemoved';
  static readonly messageUpdated = 'messageUpdated';
  static readonly typingStarted = 'typingStarted';
  static readonly typingEnded = 'typingEnded';
  static readonly updated = 'updated';
  static readonly removed = 'removed';

  /** @internal */
  readonly _roster: Roster;
  /** @internal */
  readonly _timeline: Timeline;
  /** @internal Set while the user is in the conversation. */
  _membership: MembershipResource | null = null;
  /** @internal Position in the user's own stream of the newest change of the membership that is known. */
  _membershipRevision = 0;
  /** @internal Position of the snapshot that showed the present membership first. */
  _enteredAt = 0;
  /** @internal Was it announced with `conversationAdded`, and not taken back since? */
  _announced = false;
  readonly #context: Context;
  #typedAt = Number.NEGATIVE_INFINITY;

  /** @internal */
  constructor(context: Context, data: ConversationResource, revision: number) {
    super(data, revision);
    this.#context = context;
    this._roster = new Roster(context, this);
    this._timeline = new Timeline(context, this);
  }

  get sid(): string {
    return this._data.sid;
  }

  get friendlyName(): string | null {
    return this._data.friendlyName;
  }

  get uniqueName(): string | null {
    return this._data.uniqueName;
  }

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
  get createdBy(): string {
    return this._data.createdBy;
  }

  get dateCreated(): Date | null {
    return dateOf(this._data.dateCreated);
  }

  get dateUpdated(): Date | null {
    return dateOf(this._data.dateUpdated);
  }

  /** Undefined while there is none. */
  get lastMessage(): LastMessage | undefined {
    const { lastMessage } = this._data;
    return lastMessage ? { index: lastMessage.index, dateCreated: dateOf(lastMessage.dateCreated) } : undefined;
  }

  /** Index of the last message that the user has read: the read horizon. Null until it is set. */
  get lastReadMessageIndex(): number | null {
    return this._membership?.lastReadMessageIndex ?? null;
  }

  get notificationLevel(): NotificationLevel {
    return this._membership?.notificationLevel ?? 'default';
  }

  get bindings(): ConversationBindings {
    return {};
  }

  /**
   * Adds a chat user, who need not have connected before.
   *
   * @param attributes of the participant, at most 4 KB of JSON
   * @throws ColloquyError 50433 when he is in already, 50107 when the user's role does not allow it
   */
  async add(identity: string, attributes?: JSONValue): Promise<ParticipantResponse> {
    const params = { conversation: this.sid, identity, ...attributesOf(attributes) };
    return this.#added(await this.#context.change('participants.add', params));
  }

  /**
   * Adds a person on a channel outside chat, such as SMS.
   *
   * @param proxyAddress yours, from which the person hears
   * @param address of the person, on the same channel
   * @throws ColloquyError 50416 when the pair is in use in another conversation
   */
  async addNonChatParticipant(
    proxyAddress: string,
    address: string,
    attributes: JSONValue = {},
  ): Promise<ParticipantResponse> {
    const params = { conversation: this.sid, proxyAddress, address, ...attributesOf(attributes) };
    return this.#added(await this.#context.change('participants.addNonChat', params));
  }

  /** @param participant the object, its SID or its identity */
  async removeParticipant(participant: string | Participant): Promise<void> {
    const ref = typeof participant === 'string' ? participant : participant.sid;
    const { position } = await this.#context.change('participants.remove', {
      conversation: this.sid,
      participant: ref,
    });
    await this._settle(position, () => {});
  }

  getParticipants(): Promise<Participant[]> {
    return this._roster.all();
  }

  async getParticipantsCount(): Promise<number> {
    return (await this.#counts()).participants;
  }

  /** @throws ColloquyError 50432 when there is none */
  getParticipantBySid(participantSid: string): Promise<Participant> {
    return this._roster.one(participantSid);
  }

  /** @throws ColloquyError 50432 when there is none */
  getParticipantByIdentity(identity: string): Promise<Participant> {
    return this._roster.one(identity);
  }

  async join(): Promise<Conversation> {
    await this.#context.join(this.sid);
    return this;
  }

  /** Does nothing when the user is not in it. */
  async leave(): Promise<Conversation> {
    const membership = this._membership;
    if (!membership) return this;
    await this.#context.change('conversations.leave', { conversation: this.sid });
    // He may be in again already.
    if (this._membership?.participantSid === membership.participantSid) this.#context.left(this);
    return this;
  }

  /** Deletes the conversation for everybody. */
  async delete(): Promise<Conversation> {
    await this.#context.change('conversations.delete', { conversation: this.sid });
    this.#context.removed.add(this.sid);
    this.#context.left(this);
    return this;
  }

  /**
   * Sends a message; resolves when it is on the server's disk. Messages of one client into one conversation keep
   * their order.
   *
   * @param message at most 32 KB in UTF-8
   * @param attributes at most 4 KB of JSON
   * @returns the index of the message
   */
  sendMessage(message: string | null, attributes: JSONValue = {}, emailOptions?: SendEmailOptions): Promise<number> {
    return this.#send(contentOf(message ?? '', attributes, emailOptions?.subject));
  }

  prepareMessage(): MessageBuilder {
    return new MessageBuilder((content) => this.#send(content));
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
  ): Promise<Paginator<Message>> {
    const limit = Math.min(pageSize, largestPage);
    return this._timeline.page({ conversation: this.sid, limit, direction, ...(anchor !== undefined && { anchor }) });
  }

  async getMessagesCount(): Promise<number> {
    return (await this.#counts()).messages;
  }

  /** Messages after the read horizon, exactly; null while there is none. */
  async getUnreadMessagesCount(): Promise<number | null> {
    return (await this.#counts()).unread;
  }

  /** Moves the read horizon forward, never back. @returns the number of unread messages */
  advanceLastReadMessageIndex(index: number): Promise<number> {
    return this.#read({ mode: 'advance', index });
  }

  /** Moves the read horizon, forward or back; null takes it away. @returns the number of unread messages */
  updateLastReadMessageIndex(index: number | null): Promise<number> {
    return this.#read({ mode: 'set', index });
  }

  /** @returns the number of unread messages */
  setAllMessagesRead(): Promise<number> {
    return this.#read({ mode: 'all' });
  }

  /** @returns the number of unread messages */
  setAllMessagesUnread(): Promise<number> {
    return this.#read({ mode: 'none' });
  }

  async setUserNotificationLevel(notificationLevel: NotificationLevel): Promise<void> {
    await this.#updateMembership({ notificationLevel });
  }

  /** Tells the others that the user is typing. Call it with each key: not every call goes to the server. */
  async typing(): Promise<void> {
    const now = this.#context.timers.now();
    // Said again at half time, so that the others see it without a break.
    if (now - this.#typedAt < this.#context.typingTimeout / 2) return;
    this.#typedAt = now;
    await this.#context.mention('typing', { conversation: this.sid });
  }

  /** At most 16 KB of JSON. */
  updateAttributes(attributes: JSONValue): Promise<Conversation> {
    return this.#update(attributesOf(attributes));
  }

  async getAttributes(): Promise<JSONValue> {
    return this.attributes;
  }

  /** At most 256 characters. */
  updateFriendlyName(friendlyName: string | null): Promise<Conversation> {
    return this.#update({ friendlyName });
  }

  /** At most 256 characters; null takes the name away. @throws ColloquyError 50353 when another one has it */
  updateUniqueName(uniqueName: string | null): Promise<Conversation> {
    return this.#update({ uniqueName });
  }

  /** @internal */
  get _joined(): boolean {
    return this._membership !== null;
  }

  /** @internal Emits on the conversation and on the client, where the event has the same name. */
  _tell<E extends Exclude<keyof ConversationEvents, 'updated' | 'removed'>>(
    event: E,
    ...args: Parameters<ConversationEvents[E]>
  ): void {
    this.emit(event, ...args);
    this.#context.emit(event, ...(args as never));
  }

  /** @internal */
  _take(data: ConversationResource, revision: number): void {
    this.#tellUpdated(this._change(data, revision, conversationReasons));
  }

  /** @internal An event of this conversation's stream. */
  _apply(event: AnyStreamEvent): void {
    if (event.type === 'conversation.removed') {
      this.#context.removed.add(this.sid);
      this.#context.left(this);
    } else if (event.type === 'conversation.added' || event.type === 'conversation.updated') {
      this._take(event.data, event.position);
    } else {
      this._roster.apply(event);
      this._timeline.apply(event);
    }
    // What comes after it in this stream is of a later stay, if any; the user's own stream will say.
    if (event.type === 'participant.removed' && event.data.sid === this._membership?.participantSid) {
      this.#context.left(this);
    }
  }

  /** @internal Finds out what is different from what is known, and tells of it. */
  async _renew(): Promise<void> {
    const membership = this._membership?.participantSid;
    const check = () => {
      if (this._membership?.participantSid !== membership) throw notIn();
    };
    await this._roster.renew(check);
    await this._timeline.renew(this._data.lastMessage?.index ?? -1, check);
  }

  /** @internal A new message moves `lastMessage` without an event of its own. */
  _takeLastMessage({ index, dateCreated }: { index: number; dateCreated: number }, revision: number): void {
    this._take({ ...this._data, lastMessage: { index, dateCreated } }, revision);
  }

  /** @internal */
  _takeMembership(membership: MembershipResource, revision: number): void {
    const before = this._membership;
    if (!before || before.participantSid !== membership.participantSid) return;
    this._membership = membership;
    this._membershipRevision = Math.max(this._membershipRevision, revision);
    this.#tellUpdated(compare(before, membership, membershipReasons));
  }

  /** @internal Waits until an answer shows: by the events up to its position where events come, else by applying it. */
  async _settle(position: number, apply: (revision: number) => void): Promise<void> {
    if (this._joined) await this.#context.feed.reached(this._data.sid, position);
    else apply(position);
  }

  #show(data: ConversationResource): void {
    const before = this._data;
    this._data = data;
    this.#tellUpdated(compare(before, data, conversationReasons));
  }

  #tellUpdated(updateReasons: ConversationUpdateReason[]): void {
    if (!updateReasons.length) return;
    const args = { conversation: this, updateReasons };
    this.emit('updated', args);
    this.#context.emit('conversationUpdated', args);
  }

  // Without waiting for the one before: the server carries out in order what one connection asks of a conversation.
  async #send(content: MessageContent): Promise<number> {
    const request = { conversation: this.sid, ...content };
    const { position, ...data } = await this.#context.change('messages.send', request);
    await this._settle(position, (revision) => {
      this._timeline.put(data, revision);
      // Without a revision: there may be more behind this position than this message.
      this.#show({ ...this._data, lastMessage: { index: data.index, dateCreated: data.dateCreated } });
    });
    return data.index;
  }

  async #read(read: ReadChange): Promise<number> {
    const unread = await this.#updateMembership({ read });
    // Without a horizon all are unread.
    return unread ?? this.getMessagesCount();
  }

  async #updateMembership(change: {
    notificationLevel?: NotificationLevel;
    read?: ReadChange;
  }): Promise<number | null> {
    const { feed, user } = this.#context;
    const answer = await this.#context.change('membership.update', { conversation: this.sid, ...change });
    await feed.reached(user._data.sid, answer.position);
    return answer.unread;
  }

  async #update(change: Omit<ChangeParams<'conversations.update'>, 'conversation'>): Promise<Conversation> {
    const entry = await this.#context.change('conversations.update', { conversation: this.sid, ...change });
    await this._settle(entry.position, (revision) => this._take(entry.conversation, revision));
    return this;
  }

  async #added({ position, ...data }: ParticipantResource & { position: number }): Promise<ParticipantResponse> {
    await this._settle(position, () => {});
    return respond(data, this._data.serviceSid);
  }

  #counts() {
    return this.#context.request('conversations.counts', { conversation: this.sid });
  }
}

function attributesOf(attributes: JSONValue | undefined): { attributes?: string } {
  const json = writeJson(attributes);
  return json === undefined ? {} : { attributes: json };
}
