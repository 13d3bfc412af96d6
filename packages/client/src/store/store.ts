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
import { type ConnectionError, stateOf } from '../client-events.ts';
import type { Connection, ConnectionHost } from '../connection/connection.ts';
import type { ConnectionPhase, ConnectionReason } from '../connection/machine.ts';
import * as reasons from '../connection/reasons.ts';
import { newKey, type Params, type Result } from '../connection/requests.ts';
import type { ChangeParams, Context } from '../context.ts';
import type { Conversation } from '../conversation.ts';
import type { ConversationLimits } from '../conversation-limits.ts';
import { ColloquyError, isRefusal, notIn } from '../errors.ts';
import { MediaLinks } from '../media/links.ts';
import type { UploadTarget } from '../media/upload.ts';
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

/** What the store uses of a connection. */
export type StoreConnection = Pick<Connection, 'phase' | 'token' | 'openCalls' | 'restart'>;

/**
 * What one client knows, and how events and answers change it. Memory is bounded: conversations by the number that
 * the server lets a user be in, everything else by the caches and by what the program holds itself.
 */
export class Store implements Context, FeedHost, ConnectionHost {
  readonly messageCache = new ObjectCache<Message>(objectsRemembered);
  readonly participantCache = new ObjectCache<Participant>(objectsRemembered);
  readonly removedSids = new RemovedSids();
  readonly conversationStore = new Conversations(this);
  readonly userStore = new Users(this);
  readonly user = new User(this, nobody);
  readonly feed: Feed = new Feed(this);
  declare readonly sendQueue: SendQueue;
  declare readonly timeSource: Timers;
  declare readonly emit: Context['emit'];
  typingLasts = 0;
  declare limits: ConversationLimits;
  readonly mediaLinks = new MediaLinks(this);
  /** Told once whether the client could be initialized. */
  onSettled = (_error?: ColloquyError): void => {};
  readonly #connection: StoreConnection;
  readonly #url: string;
  /** Where in the log this client is, for streams of which it has seen nothing. Empty until it was connected. */
  #cursor = '';
  /** Set when everything has to be looked at anew: what the server gave with its word, and what was known then. */
  #anew: { result: ConnectResult; joined: ReturnType<Conversations['memberships']> } | undefined;

  /** @param url of the server, with `http:` or `https:` */
  constructor(
    connection: StoreConnection,
    url: string,
    timers: Timers,
    emit: Context['emit'],
    storage?: MessageStorage | undefined,
  ) {
    this.#connection = connection;
    this.#url = url;
    this.timeSource = timers;
    this.emit = emit;
    this.sendQueue = new SendQueue(this, storage);
  }

  ask<M extends RealtimeMethod>(
    method: M,
    params: Params<M>,
    options?: CallOptions,
    fleeting?: boolean,
  ): Promise<Result<M>> {
    return this.#connection.openCalls.send(method, params, options, fleeting);
  }

  askOnce<M extends RealtimeMethod>(method: M, params: ChangeParams<M>, options?: CallOptions): Promise<Result<M>> {
    return this.ask(method, { ...params, key: newKey() } as unknown as Params<M>, options);
  }

  /** Waits until it is known who the user is. */
  known(options?: CallOptions): Promise<unknown> {
    return this.#cursor ? abortable(Promise.resolve(), options) : this.ask('ping', {}, options);
  }

  uploadTarget(): UploadTarget {
    return {
      url: `${this.#url}/v1/Services/${this.user._data.serviceSid}/Media`,
      token: this.#connection.token,
    };
  }

  /** What a new connection goes on from. */
  resumption(): ConnectParams['resume'] {
    return this.#cursor ? { cursor: this.#cursor, positions: this.feed.positions(this.user._data.sid) } : undefined;
  }

  phaseChanged(phase: ConnectionPhase, reason: ConnectionReason, error?: ColloquyError): void {
    if (phase !== 'connected') this.sendQueue.close();
    const tell = () => this.emit('connectionStateChanged', stateOf(phase), reason);
    // Whoever makes the client can listen only after it has begun.
    if (reason === reasons.start) queueMicrotask(() => this.#connection.phase === phase && tell());
    else tell();
    if (!error) return;
    const isClosed = phase === 'closed';
    const terminal = phase !== 'disconnected';
    const { message, code, status } = error;
    const said: ConnectionError = { terminal, message, errorCode: code, ...(status > 0 && { httpStatusCode: status }) };
    if (isClosed || phase === 'error') this.sendQueue.end(error);
    if (!isClosed) this.emit('connectionError', said);
    if (reason === reasons.tokenExpired) this.emit('tokenExpired');
    if (!terminal || this.#cursor) return;
    this.onSettled(error);
    if (isClosed) return;
    this.emit('stateChanged', 'failed');
    this.emit('initFailed', { error: said });
  }

  /** @throws ColloquyError when the token is another user's */
  welcomed(result: ConnectResult): void {
    const { user, position, conversations, reset } = result;
    const isFirst = !this.#cursor;
    if (!isFirst && user.sid !== this.user._data.sid)
      throw new ColloquyError(20103, 'The new token names another user.', { status: 401 });
    this.#cursor = result.cursor;
    this.feed.welcomes += 1;
    this.typingLasts = result.typingTimeout;
    this.limits = result.limits;
    if (isFirst) {
      this.user._data = user;
      this.user._subscribed = true;
      this.feed.followFrom(user.sid, position);
      void this.sendQueue.loadFor(user.sid);
      this.onSettled();
      this.emit('stateChanged', 'initialized');
      this.emit('initialized');
      this.conversationStore.putAll(conversations?.items ?? []);
    } else {
      if (conversations) this.#anew = { result, joined: this.conversationStore.memberships() };
      // Those of the user's own stream come first: that spares asking about conversations that he is no longer in.
      for (const event of result.events) this.feed.receive(event);
      for (const stream of reset) this.feed.outdate(stream);
      // Where that fails, there is another connection soon, or none any more.
      this.userStore.renew().catch(() => {});
    }
    this.sendQueue.open();
  }

  notified(method: string, params: unknown): void {
    if (method === 'event') {
      this.feed.receive(params as RealtimeNotifications['event']);
    } else if (method === 'typing') {
      this.#onTyping(params as RealtimeNotifications['typing']);
    } else if (method === 'user') {
      this.userStore.takeUser((params as RealtimeNotifications['user']).user);
    } else if (method === 'token.aboutToExpire') {
      this.emit('tokenAboutToExpire');
    }
  }

  #onTyping({ conversation, participant }: RealtimeNotifications['typing']): void {
    const typist = this.conversationStore.lookUp(conversation)?._roster.byRef(participant);
    typist?.then(
      (typist) => typist._startTyping(),
      // Gone already; what he typed is of no interest.
      () => {},
    );
  }

  prepare(event: AnyStreamEvent): Promise<unknown> | undefined {
    // The conversation that the user has to be in for the event to mean something, if any.
    const needed = event.type === 'membership.updated' ? event.data.conversationSid : event.stream;
    if (!needed.startsWith('CH') || this.conversationStore.lookUpOwn(needed)) return undefined;
    return this.#enter(needed).catch((error) => {
      // A conversation that is gone by now has nothing to tell, but the user's own stream goes on.
      if (event.type !== 'membership.updated' || !isRefusal(error)) throw error;
    });
  }

  onEvent(event: AnyStreamEvent): void {
    if (event.type === 'user.updated') this.user._take(event.data);
    else this.conversationStore.onEvent(event);
  }

  async snapshot(stream: StreamSid, after: number): Promise<number> {
    if (stream === this.user._data.sid) return this.#renewAll();
    return (this.conversationStore.lookUpOwn(stream) ?? (await this.#enter(stream)))._renew(after);
  }

  wanted(stream: StreamSid): boolean {
    return stream === this.user._data.sid || !!this.conversationStore.lookUpOwn(stream);
  }

  async #enter(sid: string): Promise<Conversation> {
    const conversation = await this.conversationStore.fetchEntry(sid);
    if (!conversation._membership) throw notIn();
    return conversation;
  }

  async #renewAll(): Promise<number> {
    const anew = this.#anew;
    this.#anew = undefined;
    if (!anew) {
      this.#connection.restart();
      return 0;
    }
    const { user, position, conversations } = anew.result;
    this.user._take(user);
    await this.conversationStore.renew(anew.joined, conversations);
    return position;
  }
}
