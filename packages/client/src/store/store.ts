import type {
  AnyStreamEvent,
  ConnectParams,
  ConnectResult,
  RealtimeMethod,
  RealtimeNotifications,
  StreamSid,
  UserResource,
} from '@colloquy/protocol';
import { abortable, type CallOptions } from '../call-options.ts';
import { newKey, type Params, type Requests, type Result } from '../connection/requests.ts';
import type { ChangeParams, Context } from '../context.ts';
import { type ConversationLimits, limitsOf } from '../conversation-limits.ts';
import { ColloquyError, notIn } from '../errors.ts';
import { MediaLinks } from '../media/links.ts';
import type { UploadTarget } from '../media/upload.ts';
import type { Message } from '../message.ts';
import type { Participant } from '../participant.ts';
import type { MessageStorage } from '../sending/message-storage.ts';
import { SendQueue } from '../sending/send-queue.ts';
import type { Timers } from '../timers.ts';
import { User } from '../user.ts';
import { Conversations } from './conversations.ts';
import { Feed } from './feed.ts';
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
  /** Where files for a service go. */
  uploadTarget(serviceSid: string): UploadTarget;
  /** Leaves the connection and resumes on a new one. */
  restart(): void;
}

/**
 * What one client knows, and how events and answers change it. Memory is bounded: conversations by the number that
 * the server lets a user be in, everything else by the caches and by what the program holds itself.
 */
export class Store implements Context {
  readonly messages = new ObjectCache<Message>(objectsRemembered);
  readonly participants = new ObjectCache<Participant>(objectsRemembered);
  readonly removed = new RemovedSids();
  readonly conversations: Conversations;
  readonly users: Users;
  readonly user: User;
  readonly feed: Feed;
  readonly sending: SendQueue;
  readonly timers: Timers;
  readonly emit: Context['emit'];
  typingTimeout = 0;
  limits!: ConversationLimits;
  readonly links = new MediaLinks(this);
  readonly uploadTarget: Context['uploadTarget'];
  readonly #options: StoreOptions;
  /** Where in the log this client is, for streams of which it has seen nothing. Empty until it was connected. */
  #cursor = '';
  /** Set when everything has to be looked at anew: what the server gave with its word, and what was known then. */
  #anew: { result: ConnectResult; joined: ReturnType<Conversations['memberships']> } | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.timers = options.timers;
    this.emit = options.emit;
    this.uploadTarget = () => options.uploadTarget(this.user._data.serviceSid);
    this.user = new User(this, nobody);
    this.conversations = new Conversations(this);
    this.users = new Users(this);
    const own = (stream: StreamSid) => stream === this.user._data.sid;
    const handlers = {
      readLog: (params: Params<'events.list'>) => this.request('events.list', params),
      ready: (event: AnyStreamEvent) => {
        const needed = conversationOf(event);
        return needed === undefined || this.conversations.isJoined(needed);
      },
      prepare: (event: AnyStreamEvent) => this.#prepare(event),
      apply: (event: AnyStreamEvent) => this.#apply(event),
      snapshot: (stream: StreamSid) => (own(stream) ? this.#renewAll() : this.#renew(stream)),
      wanted: (stream: StreamSid) => own(stream) || this.conversations.isJoined(stream),
    };
    this.feed = new Feed(handlers, this.timers);
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

  async sent(answer: Result<'messages.send'>): Promise<void> {
    await this.conversations.find(answer.conversationSid)?._sent(answer);
  }

  join(conversation: string, options?: CallOptions): Promise<void> {
    return this.conversations.join(conversation, options);
  }

  left(conversation: Parameters<Context['left']>[0]): void {
    this.conversations.left(conversation);
  }

  getUser(identity: string, options?: CallOptions): Promise<User> {
    return abortable(this.users.get(identity), options);
  }

  unsubscribe(user: User, options?: CallOptions): Promise<void> {
    return abortable(this.users.unsubscribe(user), options);
  }

  /** What a new connection goes on from. */
  resume(): ConnectParams['resume'] {
    return this.#cursor ? { cursor: this.#cursor, positions: this.feed.positions() } : undefined;
  }

  /** The first connection. */
  begin({ user, position, cursor, typingTimeout, limits }: ConnectResult): void {
    this.#cursor = cursor;
    this.typingTimeout = typingTimeout;
    this.limits = limitsOf(limits);
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
    this.#cursor = result.cursor;
    this.typingTimeout = result.typingTimeout;
    this.limits = limitsOf(result.limits);
    if (result.reset.some((stream) => stream === own))
      this.#anew = { result, joined: this.conversations.memberships() };
    // What the user's own stream tells first spares asking about conversations that he is no longer in.
    const events = [...result.events].sort((a, b) => Number(b.stream === own) - Number(a.stream === own));
    for (const event of events) this.feed.receive(event);
    for (const stream of result.reset) this.feed.reset(stream);
    void this.users.renew();
  }

  notified(method: string, params: unknown): void {
    if (method === 'event') {
      this.feed.receive(params as RealtimeNotifications['event']);
    } else if (method === 'typing') {
      void this.#onTyping(params as RealtimeNotifications['typing']);
    } else if (method === 'user') {
      this.users.take((params as RealtimeNotifications['user']).user);
    } else if (method === 'token.aboutToExpire') {
      this.emit('tokenAboutToExpire');
    }
  }

  async #onTyping({ conversation, participant }: RealtimeNotifications['typing']): Promise<void> {
    try {
      const typist = await this.conversations.find(conversation)?._roster.one(participant);
      typist?._startTyping();
    } catch {
      // Gone already; what he typed is of no interest.
    }
  }

  async #prepare(event: AnyStreamEvent): Promise<void> {
    try {
      await this.#enter(conversationOf(event) as string);
    } catch (error) {
      // A conversation that is gone by now has nothing to tell, but the user's own stream goes on.
      if (event.type !== 'membership.updated' || !isRefusal(error as ColloquyError)) throw error;
    }
  }

  async #enter(sid: string): Promise<number> {
    const { conversation, position } = await this.conversations.load(sid);
    if (!conversation._joined) throw notIn();
    return position;
  }

  #apply(event: AnyStreamEvent): void {
    switch (event.type) {
      case 'user.updated':
        return this.user._take(event.data, event.position);
      case 'membership.added':
      case 'membership.updated':
      case 'membership.removed':
        return this.conversations.apply(event);
      default:
        this.conversations.find(event.stream)?._apply(event);
    }
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

/** The conversation that the user has to be in for the event to mean something; undefined if there is none. */
function conversationOf(event: AnyStreamEvent): string | undefined {
  if (event.type === 'membership.updated') return event.data.conversationSid;
  return event.stream.startsWith('CH') ? event.stream : undefined;
}

function isRefusal({ status }: ColloquyError): boolean {
  return status >= 400 && status < 500;
}
