import type {
  AnyStreamEvent,
  ConnectParams,
  ConnectResult,
  RealtimeMethod,
  RealtimeNotifications,
  StreamSid,
  UserResource,
} from '@colloquy/protocol';
import type { CallOptions } from '../call-options.ts';
import { newKey, type Params, type Requests, type Result } from '../connection/requests.ts';
import type { ChangeParams, Context } from '../context.ts';
import type { ConversationLimits } from '../conversation-limits.ts';
import { ColloquyError, isRefusal, notIn } from '../errors.ts';
import { MediaLinks } from '../media/links.ts';
import type { Message } from '../message.ts';
import type { Participant } from '../participant.ts';
import type { MessageStorage } from '../sending/message-storage.ts';
import { SendQueue } from '../sending/send-queue.ts';
import type { Timers } from '../timers.ts';
import { User } from '../user.ts';
import { Conversations } from './conversations.ts';
import { Feed, type FeedHost } from './feed.ts';
import { ObjectCache } from './object-cache.ts';
import { RemovedSids } from './removed-sids.ts';
import { Users } from './users.ts';

/** Messages, and participants, of all conversations together that stay in memory without the program holding them. */
const objectsRemembered = 1000;

/** Who the user is before the server has said it. */
const nobody = {
  sid: '',
  identity: '',
  friendlyName: null,
  attributes: '{}',
  isOnline: null,
  isNotifiable: null,
} as unknown as UserResource;

export interface StoreOptions {
  requests: Requests;
  timers: Timers;
  storage?: MessageStorage | undefined;
  emit: Context['emit'];
  uploadTarget: Context['uploadTarget'];
  /** Leaves the connection and resumes on a new one. */
  restart(): void;
}

/**
 * What one client knows, and how events and answers change it. Memory is bounded: conversations by the number that
 * the server lets a user be in, everything else by the caches and by what the program holds itself.
 */
export class Store implements Context, FeedHost {
  readonly messages = new ObjectCache<Message>(objectsRemembered);
  readonly participants = new ObjectCache<Participant>(objectsRemembered);
  readonly removed = new RemovedSids();
  readonly conversations = new Conversations(this);
  readonly users = new Users(this);
  readonly user = new User(this, nobody);
  readonly feed: Feed = new Feed(this);
  declare readonly sending: SendQueue;
  declare readonly timers: Timers;
  declare readonly emit: Context['emit'];
  typingTimeout = 0;
  declare limits: ConversationLimits;
  readonly links = new MediaLinks(this);
  declare readonly uploadTarget: Context['uploadTarget'];
  readonly #options: StoreOptions;
  /** Where in the log this client is, for streams of which it has seen nothing. Empty until it was connected. */
  #cursor = '';
  /** Set when everything has to be looked at anew: what the server gave with its word, and what was known then. */
  #anew: { result: ConnectResult; joined: ReturnType<Conversations['memberships']> } | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.timers = options.timers;
    this.emit = options.emit;
    this.uploadTarget = options.uploadTarget;
    this.sending = new SendQueue(this, options.storage, (sid) => {
      const conversation = this.conversations.find(sid);
      conversation?.emit('pendingMessagesChanged', conversation);
      this.emit('pendingMessagesChanged', sid);
    });
  }

  request<M extends RealtimeMethod>(method: M, params: Params<M>, options?: CallOptions): Promise<Result<M>> {
    return this.#options.requests.send(method, params, options);
  }

  change<M extends RealtimeMethod>(method: M, params: ChangeParams<M>, options?: CallOptions): Promise<Result<M>> {
    return this.request(method, { ...params, key: newKey() } as unknown as Params<M>, options);
  }

  mention<M extends RealtimeMethod>(method: M, params: Params<M>, options?: CallOptions): Promise<Result<M>> {
    return this.#options.requests.send(method, params, options, true);
  }

  /** What a new connection goes on from. */
  resume(): ConnectParams['resume'] {
    return this.#cursor ? { cursor: this.#cursor, positions: this.feed.positions() } : undefined;
  }

  /** The first connection. */
  begin(result: ConnectResult): void {
    const { user, position } = result;
    this.#takeSession(result);
    this.user._data = user;
    this.user._revision = position;
    this.user._subscribed = true;
    this.feed.start(user.sid, position);
    void this.sending.begin(user.sid);
  }

  /** A later connection. @throws ColloquyError when the token is another user's */
  goOn(result: ConnectResult): void {
    const own = this.user._data.sid;
    if (result.user.sid !== own) throw new ColloquyError(20103, 'The new token names another user.', { status: 401 });
    this.#takeSession(result);
    if (result.reset.some((stream) => stream === own))
      this.#anew = { result, joined: this.conversations.memberships() };
    // What the user's own stream tells first spares asking about conversations that he is no longer in; the second time
    // it is old.
    const ofUser = result.events.filter(({ stream }) => stream === own);
    for (const event of [...ofUser, ...result.events]) this.feed.receive(event);
    for (const stream of result.reset) this.feed.reset(stream);
    void this.users.renew();
  }

  #takeSession({ cursor, typingTimeout, limits }: ConnectResult): void {
    this.#cursor = cursor;
    this.typingTimeout = typingTimeout;
    this.limits = limits;
  }

  notified(method: string, params: unknown): void {
    if (method === 'event') {
      this.feed.receive(params as RealtimeNotifications['event']);
    } else if (method === 'typing') {
      this.#onTyping(params as RealtimeNotifications['typing']);
    } else if (method === 'user') {
      this.users.take((params as RealtimeNotifications['user']).user);
    } else if (method === 'token.aboutToExpire') {
      this.emit('tokenAboutToExpire');
    }
  }

  #onTyping({ conversation, participant }: RealtimeNotifications['typing']): void {
    const typist = this.conversations.find(conversation)?._roster.one(participant);
    typist?.then(
      (typist) => typist._startTyping(),
      // Gone already; what he typed is of no interest.
      () => {},
    );
  }

  prepare(event: AnyStreamEvent): Promise<unknown> | undefined {
    // The conversation that the user has to be in for the event to mean something, if any.
    const needed = event.type === 'membership.updated' ? event.data.conversationSid : event.stream;
    if (!needed.startsWith('CH') || this.conversations.isJoined(needed)) return undefined;
    return this.#enter(needed).catch((error) => {
      // A conversation that is gone by now has nothing to tell, but the user's own stream goes on.
      if (event.type !== 'membership.updated' || !isRefusal(error)) throw error;
    });
  }

  apply(event: AnyStreamEvent): void {
    if (event.type === 'user.updated') this.user._take(event.data, event.position);
    else this.conversations.apply(event);
  }

  snapshot(stream: StreamSid): Promise<number> {
    return stream === this.user._data.sid ? this.#renewAll() : this.#renew(stream);
  }

  wanted(stream: StreamSid): boolean {
    return stream === this.user._data.sid || this.conversations.isJoined(stream);
  }

  async #enter(sid: string): Promise<number> {
    const { conversation, position } = await this.conversations.load(sid);
    if (!conversation._joined) throw notIn();
    return position;
  }

  async #renew(stream: StreamSid): Promise<number> {
    const wasIn = this.conversations.isJoined(stream);
    const position = await this.#enter(stream);
    const conversation = this.conversations.find(stream);
    // What this very snapshot showed for the first time cannot differ from it.
    if (wasIn || conversation?._enteredAt !== position) await conversation?._renew();
    return position;
  }

  async #renewAll(): Promise<number> {
    const anew = this.#anew;
    this.#anew = undefined;
    if (!anew) {
      this.#options.restart();
      return 0;
    }
    const { user, position, conversations } = anew.result;
    this.user._take(user, position);
    await this.conversations.renew(anew.joined, conversations, position);
    return position;
  }
}
