import { abortable, type CallOptions } from './call-options.ts';
import { type CancellablePromise, cancellable } from './cancellable-promise.ts';
import { type ClientEvents, type ConnectionState, stateOf } from './client-events.ts';
import { Connection } from './connection/connection.ts';
import type { TokenProvider } from './connection/token-source.ts';
import { type TransportOptions, waysTo } from './connection/ways.ts';
import { largestPage } from './connection/wire.ts';
import { ContentTemplate } from './content/content-template.ts';
import type { Conversation } from './conversation.ts';
import { Emitter } from './emitter.ts';
import { libraryError } from './errors.ts';
import { nameEvents } from './event-names.ts';
import { type JSONValue, writeJson } from './json.ts';
import { type Media, sidsOf } from './media/media.ts';
import { everyPage, type Paginator } from './paginator.ts';
import { type PushNotification, parsePush } from './push/push-notification.ts';
import type { MessageStorage } from './sending/message-storage.ts';
import type { PendingMessage } from './sending/pending-message.ts';
import { Store } from './store/store.ts';
import { systemTimers, type Timers } from './timers.ts';
import type { User } from './user.ts';
import { version } from './version.ts';

export interface ClientOptions extends TransportOptions {
  /**
   * Address of the server, with `http:`, `https:`, `ws:` or `wss:`. A path is kept as a prefix. Default: where the
   * page came from; outside of browsers it has to be given.
   */
  url?: string;
  /**
   * Keeps messages that are not sent yet over the end of the page: `indexedDbStorage()`. Without, they end with it. Whose
   * they are is known once the client is initialized: then they are in `pendingMessages`, and leave.
   */
  storage?: MessageStorage;
  /** Without effect: the library writes no log. Here for the sake of programs that say it. */
  logLevel?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** For tests: a clock that is moved by hand. */
  timers?: Timers;
}

/** The push service of a device: Apple's or Google's. */
export type PushChannelType = 'apn' | 'fcm';
/** The same, as the official SDK calls it. */
export type NotificationsChannelType = PushChannelType;

export interface CreateConversationOptions {
  /** Shown to people; at most 256 characters. */
  friendlyName?: string;
  /** For programs: unlike all others in the service; at most 256 characters. */
  uniqueName?: string;
  /** At most 16 KB of JSON. */
  attributes?: JSONValue;
}

/**
 * The way into Colloquy for one user. It connects when it is constructed, and stays connected, or comes back, until
 * `shutdown`. Calls made before it is connected wait; calls under way when the connection breaks are answered after
 * it is back, and what they do is done once.
 *
 * Every call that fails rejects with a `ColloquyError`.
 */
export class Client extends Emitter<ClientEvents> {
  /** @internal */
  static readonly _events: unknown = /* @__PURE__ */ nameEvents(this, [
    'conversationAdded',
    'conversationJoined',
    'conversationLeft',
    'conversationRemoved',
    'conversationUpdated',
    'participantJoined',
    'participantLeft',
    'participantUpdated',
    'messageAdded',
    'messageRemoved',
    'messageUpdated',
    'tokenAboutToExpire',
    'tokenExpired',
    'pendingMessagesChanged',
    'typingEnded',
    'typingStarted',
    'pushNotification',
    'userSubscribed',
    'userUnsubscribed',
    'userUpdated',
    'stateChanged',
    'initialized',
    'initFailed',
    'connectionStateChanged',
    'connectionError',
  ]);
  declare static readonly conversationAdded: 'conversationAdded';
  declare static readonly conversationJoined: 'conversationJoined';
  declare static readonly conversationLeft: 'conversationLeft';
  declare static readonly conversationRemoved: 'conversationRemoved';
  declare static readonly conversationUpdated: 'conversationUpdated';
  declare static readonly participantJoined: 'participantJoined';
  declare static readonly participantLeft: 'participantLeft';
  declare static readonly participantUpdated: 'participantUpdated';
  declare static readonly messageAdded: 'messageAdded';
  declare static readonly messageRemoved: 'messageRemoved';
  declare static readonly messageUpdated: 'messageUpdated';
  declare static readonly tokenAboutToExpire: 'tokenAboutToExpire';
  declare static readonly tokenExpired: 'tokenExpired';
  declare static readonly pendingMessagesChanged: 'pendingMessagesChanged';
  declare static readonly typingEnded: 'typingEnded';
  declare static readonly typingStarted: 'typingStarted';
  declare static readonly pushNotification: 'pushNotification';
  declare static readonly userSubscribed: 'userSubscribed';
  declare static readonly userUnsubscribed: 'userUnsubscribed';
  declare static readonly userUpdated: 'userUpdated';
  declare static readonly stateChanged: 'stateChanged';
  declare static readonly initialized: 'initialized';
  declare static readonly initFailed: 'initFailed';
  declare static readonly connectionStateChanged: 'connectionStateChanged';
  declare static readonly connectionError: 'connectionError';
  static readonly version = version;
  readonly version = version;

  readonly #connection: Connection;
  readonly #store: Store;
  readonly #pushIds = new Map<PushChannelType, string>();

  /**
   * Begins to connect, and returns at once.
   *
   * @param token access token of the user; it goes to the server in a message, never in an address. Or a function that
   *   gives one: it is called for the first connection, and again whenever a token is about to end or has ended
   * @throws ColloquyError 100 without an address, 101 without a WebSocket and without `fetch`
   */
  constructor(token: string | TokenProvider, given?: ClientOptions | null) {
    super();
    const options = given ?? {};
    const { timers = systemTimers, storage } = options;
    const url = httpAddress(options.url);
    this.#connection = new Connection(waysTo(url, options), token, timers);
    this.#store = new Store(this.#connection, url, timers, this.emit.bind(this), storage);
    this.#connection.start(this.#store);
  }

  /** Waits for the first connection. @returns a client that is initialized. @throws ColloquyError when the server refuses the token */
  static create(token: string | TokenProvider, options?: ClientOptions | null): Promise<Client> {
    return new Promise((resolve, reject) => {
      const client = newClient(token, options);
      client.#store.onSettled = (error) => {
        if (!error) return resolve(client);
        reject(error);
        void client.shutdown();
      };
    });
  }

  /** Whether it is connected. `connectionStateChanged` tells of changes. */
  get connectionState(): ConnectionState {
    return stateOf(this.#connection.phase);
  }

  /** The present access token; empty while the function that gives them is asked for the first one. */
  get token(): string {
    return this.#connection.token;
  }

  /** The user of the token. His identity is empty until the client is initialized. */
  get user(): User {
    return this.#store.user;
  }

  /** Messages of this client that are not on the server yet, of all conversations. */
  get pendingMessages(): readonly PendingMessage[] {
    return this.#store.sendQueue.viewsOf();
  }

  /** Does the service tell who is online? False until the client is initialized. */
  get reachabilityEnabled(): boolean {
    return this.user.isOnline !== null;
  }

  /** Ends the connection for good. What is under way fails with code 1000. */
  async shutdown(): Promise<void> {
    this.#connection.shutdown();
  }

  /**
   * Gives a new token, of the same user: after `tokenAboutToExpire`, and after `tokenExpired` to be connected again.
   *
   * @throws ColloquyError 20101 to 20157 when the server refuses it
   */
  async updateToken(token: string, options?: CallOptions): Promise<Client> {
    await abortable(this.#connection.updateToken(token), options);
    return this;
  }

  /** One that the user is in, or may see. @throws ColloquyError 50350 when there is none */
  async getConversationBySid(conversationSid: string, options?: CallOptions): Promise<Conversation> {
    return abortable(this.#store.conversationStore.get(conversationSid), options);
  }

  /** As `getConversationBySid`, for conversations that the user is not in. */
  async peekConversationBySid(conversationSid: string, options?: CallOptions): Promise<Conversation> {
    return abortable(this.#store.conversationStore.fetchEntry(conversationSid), options);
  }

  /** The same by unique name. @throws ColloquyError 50350 when there is none that he may see */
  async getConversationByUniqueName(uniqueName: string, options?: CallOptions): Promise<Conversation> {
    return abortable(this.#store.conversationStore.get(uniqueName), options);
  }

  /** The conversations that the user is in, newest first. */
  async getSubscribedConversations(options?: CallOptions): Promise<Paginator<Conversation>> {
    return this.#store.conversationStore.list(options);
  }

  /**
   * Unread messages of all conversations that the user is in, together and exactly. Where he never read, all messages
   * count.
   */
  async getUnreadMessagesCount(options?: CallOptions): Promise<number> {
    return (await this.#store.ask('conversations.unread', {}, options)).unread;
  }

  /** Makes a conversation. The user is not in it until he joins. @throws ColloquyError 50353 when the name is taken */
  async createConversation(conversation: CreateConversationOptions = {}, options?: CallOptions): Promise<Conversation> {
    const { friendlyName, uniqueName, attributes } = conversation;
    const params = { friendlyName, uniqueName, attributes: writeJson(attributes) };
    return this.#store.conversationStore.create(params, options);
  }

  /**
   * A user of the service, kept up to date from now on; of the hundred that were asked for last.
   *
   * @throws ColloquyError 50200 when there is none of that identity
   */
  async getUser(identity: string, options?: CallOptions): Promise<User> {
    return this.#store.userStore.get(identity, options);
  }

  /** The client's own user, and those that `getUser` gave and that are kept up to date. */
  async getSubscribedUsers(options?: CallOptions): Promise<User[]> {
    return this.#store.userStore.everyUser(options);
  }

  /**
   * Has push notifications sent to this device, with the credential that the token grants (`push_credential_sid`). To
   * be called at each start of the app, and whenever the push service gives it another id, which takes the place of the
   * former one.
   *
   * @param registrationId what the push service calls the device: the device token of APNs in hexadecimal digits, the
   *   registration token of FCM
   * @throws ColloquyError 20422 when the token grants no credential, 50209 when it grants one of another type
   */
  async setPushRegistrationId(
    channelType: PushChannelType,
    registrationId: string,
    options?: CallOptions,
  ): Promise<void> {
    await this.#store.ask('push.register', { type: channelType, token: registrationId }, options);
    const former = this.#pushIds.get(channelType);
    this.#pushIds.set(channelType, registrationId);
    if (former !== undefined && former !== registrationId)
      await this.removePushRegistrations(channelType, former, options);
  }

  /** Ends what `setPushRegistrationId` of this client began. */
  async unsetPushRegistrationId(channelType: PushChannelType, options?: CallOptions): Promise<void> {
    const registrationId = this.#pushIds.get(channelType);
    if (registrationId === undefined) return;
    this.#pushIds.delete(channelType);
    await this.removePushRegistrations(channelType, registrationId, options);
  }

  /** Ends the notifications of a device, whichever client of this user began them. */
  async removePushRegistrations(
    channelType: PushChannelType,
    registrationId: string,
    options?: CallOptions,
  ): Promise<void> {
    await this.#store.ask('push.unregister', { type: channelType, token: registrationId }, options);
  }

  /**
   * Reads what a push service brought: the payload of an APNs notification, or a data message of FCM. It needs no
   * connection, so that a service worker can do it.
   *
   * @throws ColloquyError 20422 for what is no notification of a conversation
   */
  static parsePushNotification(notificationPayload: unknown): PushNotification {
    return parsePush(notificationPayload);
  }

  /** As the static method; its file can be opened. */
  parsePushNotification(notificationPayload: unknown): PushNotification {
    return parsePush(notificationPayload, this.#store.mediaLinks);
  }

  /** Emits `pushNotification` for what a push service brought. @throws ColloquyError as `parsePushNotification` */
  async handlePushNotification(notificationPayload: unknown): Promise<void> {
    this.emit('pushNotification', this.parsePushNotification(notificationPayload));
  }

  /**
   * Addresses at which files can be read without credentials, by their SIDs: for one minute at least and five at most.
   *
   * @throws ColloquyError 50507 when one of them is in no conversation of the user
   */
  getTemporaryContentUrlsForMediaSids(
    mediaSids: string[],
    options?: CallOptions,
  ): CancellablePromise<Map<string, string>> {
    return cancellable(() => this.#store.mediaLinks.linksOf(mediaSids), options);
  }

  /** The same for media. */
  getTemporaryContentUrlsForMedia(contentSet: Media[], options?: CallOptions): CancellablePromise<Map<string, string>> {
    return this.getTemporaryContentUrlsForMediaSids(sidsOf(contentSet), options);
  }

  /** All content templates of the account, oldest first. */
  async getContentTemplates(options?: CallOptions): Promise<readonly ContentTemplate[]> {
    const templates: ContentTemplate[] = [];
    await everyPage(
      (next) => this.#store.ask('content.list', { limit: largestPage, next }, options),
      ({ items }) => void templates.push(...items.map((resource) => new ContentTemplate(resource))),
    );
    return templates;
  }
}

/** Not in the class: a class that names itself is minified worse. */
function newClient(token: string | TokenProvider, options?: ClientOptions | null): Client {
  return new Client(token, options);
}

/** Protocol, host and path of an address, without who logs in, question and fragment. */
const address = /^(http|ws)(s?:\/\/)([^/?#]*@)?([^/?#]+[^?#]*?)\/?([?#]|$)/i;

/** @throws ColloquyError 100 */
function httpAddress(url: string | undefined): string {
  // Not with `URL`: that of React Native knew no parts of an address for years (its issue 45030).
  const parts = address.exec(url ?? globalThis.location?.origin ?? '');
  if (!parts) throw libraryError(100);
  return `http${parts[2]}${parts[4]}`;
}
