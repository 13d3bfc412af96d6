/**
 * A server in a few hundred lines for the client's tests: the rules of the protocol page, in memory, without roles.
 * It answers at once and in order; what the network makes of that is up to `fake-network.ts`.
 */
import type {
  AnyStreamEvent,
  ConversationEntry,
  ConversationResource,
  EventCatalogue,
  EventType,
  MediaResource,
  MembershipResource,
  MessageResource,
  NotificationLevel,
  ParticipantResource,
  RealtimeMethod,
  RealtimeMethods,
  RealtimeNotifications,
  Sid,
  StreamSid,
  TemplateResource,
  UserResource,
} from '@colloquy/protocol';
import { type ErrorCode, errors } from '@colloquy/protocol';

export interface FakeUser {
  data: UserResource;
  head: number;
}

export interface FakeParticipant {
  data: ParticipantResource;
  notificationLevel: NotificationLevel;
  /** Of its newest event in the user's own stream. */
  membershipPosition: number;
}

export interface FakeMessage {
  data: MessageResource;
}

export interface FakeConversation {
  data: ConversationResource;
  head: number;
  participants: Map<string, FakeParticipant>;
  messages: Map<number, FakeMessage>;
  nextIndex: number;
}

export class FakeRefusal extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(errors[code].message);
    this.code = code;
  }
}

/** What a session wants of the server's events. */
export interface Listener {
  identity: string;
  streams: Set<string>;
  watched: Set<string>;
  notify<N extends keyof RealtimeNotifications>(method: N, params: RealtimeNotifications[N]): void;
}

export class FakeServer {
  readonly users = new Map<string, FakeUser>();
  readonly conversations = new Map<string, FakeConversation>();
  readonly listeners = new Set<Listener>();
  /** Devices that are notified: whose they are, by type and token. */
  readonly devices = new Map<string, string>();
  /** The files that are there: whose they are, by their SIDs. */
  readonly media = new Map<string, { author: string; resource: MediaResource }>();
  readonly templates: TemplateResource[] = [];
  /** First answers, by key. */
  readonly answers = new Map<string, unknown>();
  /** Every request, in order. */
  readonly requests: { method: string; params: unknown }[] = [];
  /** The whole log; the cursor is its length. */
  readonly log: AnyStreamEvent[] = [];
  /** Streams of which nothing before that position is kept. */
  readonly trimmed = new Map<string, number>();
  /** Events more than this in a stream since a client was there are too much for it. */
  missedAtMost = 1000;
  /** So many changes are in one answer. */
  changesAtMost = 200;
  pageSize = 50;
  heartbeat = 25_000;
  now = 1_700_000_000_000;
  /** Has a call turned down: with a code of the error table. */
  turnsDown: (method: string, params: unknown) => ErrorCode | undefined = () => undefined;
  #lastSid = 0;

  newSid<P extends 'CH' | 'ME' | 'IM' | 'MB' | 'US' | 'IS' | 'RL'>(prefix: P): Sid<P> {
    return `${prefix}${(++this.#lastSid).toString(16).padStart(32, '0')}`;
  }

  user(identity: string): FakeUser {
    const known = this.users.get(identity);
    if (known) return known;
    const data: UserResource = {
      sid: this.newSid('US'),
      serviceSid: 'IS0123456789abcdef0123456789abcdef',
      identity,
      friendlyName: identity,
      attributes: '{}',
      roleSid: 'RL0123456789abcdef0123456789abcdef',
      isOnline: null,
      isNotifiable: null,
      dateCreated: ++this.now,
      dateUpdated: this.now,
      position: 0,
    };
    const user = { data, head: 0 };
    this.users.set(identity, user);
    this.append(data.sid, 'user.added', data);
    return user;
  }

  /** Somebody brings a file. */
  upload(author: string, known: Omit<Partial<MediaResource>, 'sid'> & { sid?: string } = {}): MediaResource {
    const common = { category: 'media', filename: null, contentType: 'application/octet-stream', size: 1 };
    const resource = { sid: this.newSid('ME'), ...common, ...known } as MediaResource;
    this.media.set(resource.sid, { author, resource });
    return resource;
  }

  /** By SID or identity, if there is such a user. */
  knownUser(ref: string): FakeUser | undefined {
    return [...this.users.values()].find(({ data }) => data.sid === ref || data.identity === ref);
  }

  userBy(ref: string): FakeUser {
    const user = this.knownUser(ref);
    if (!user) throw new FakeRefusal(50200);
    return user;
  }

  /** By SID or unique name, if the user may see it: he is in it, or made it. */
  conversation(ref: string, identity: string): FakeConversation {
    for (const conversation of this.conversations.values()) {
      if (conversation.data.sid !== ref && conversation.data.uniqueName !== ref) continue;
      const open = conversation.data.attributes.includes('public') || conversation.data.createdBy === identity;
      if (open || this.member(conversation, identity)) return conversation;
    }
    throw new FakeRefusal(50350);
  }

  member(conversation: FakeConversation, ref: string): FakeParticipant | undefined {
    for (const participant of conversation.participants.values()) {
      if (participant.data.sid === ref || participant.data.identity === ref) return participant;
    }
    return undefined;
  }

  participant(conversation: FakeConversation, ref: string): FakeParticipant {
    const participant = this.member(conversation, ref);
    if (!participant) throw new FakeRefusal(50432);
    return participant;
  }

  message(conversation: FakeConversation, index: number): FakeMessage {
    const message = conversation.messages.get(index);
    if (!message) throw new FakeRefusal(50500);
    return message;
  }

  /** Conversations that the user is in, newest first. */
  conversationsOf(identity: string): FakeConversation[] {
    return [...this.conversations.values()].reverse().filter((conversation) => this.member(conversation, identity));
  }

  membership({ data, notificationLevel, membershipPosition }: FakeParticipant): MembershipResource {
    return {
      conversationSid: data.conversationSid,
      participantSid: data.sid,
      notificationLevel,
      lastReadMessageIndex: data.lastReadMessageIndex,
      lastReadTimestamp: data.lastReadTimestamp,
      dateCreated: data.dateCreated,
      position: membershipPosition,
    };
  }

  entry(conversation: FakeConversation, identity: string): ConversationEntry {
    const own = this.member(conversation, identity);
    return {
      conversation: conversation.data,
      membership: own ? this.membership(own) : null,
      position: conversation.head,
    };
  }

  /** Writes an event to the log and sends it to who listens; a resource says where it changed. @returns its position */
  append<T extends EventType>(stream: StreamSid, type: T, data: EventCatalogue[T]): number {
    const owner = stream.startsWith('CH')
      ? (this.conversations.get(stream) as FakeConversation)
      : [...this.users.values()].find((user) => user.data.sid === stream);
    if (!owner) throw new Error(`No stream ${stream}.`);
    owner.head += 1;
    if (/^(participant|message|user)\.(added|updated)$/.test(type)) Object.assign(data, { position: owner.head });
    const event = { stream, position: owner.head, type, time: this.now, data } as unknown as AnyStreamEvent;
    this.log.push(structuredClone(event));
    for (const listener of this.listeners) if (listener.streams.has(stream)) listener.notify('event', event);
    if (type === 'user.updated') {
      for (const listener of this.listeners) {
        if (listener.watched.has(stream)) listener.notify('user', { user: data as UserResource });
      }
    }
    return owner.head;
  }

  /** The events of a stream after a position, as far as the log goes back. */
  after(stream: string, position: number): AnyStreamEvent[] {
    const from = Math.max(position, this.trimmed.get(stream) ?? 0);
    return this.log.filter((event) => event.stream === stream && event.position > from);
  }

  /** Forgets the log of a stream up to its head, or to that position. */
  trim(stream: string, upTo = Number.POSITIVE_INFINITY): void {
    const head = this.log.findLast((event) => event.stream === stream)?.position ?? 0;
    this.trimmed.set(stream, Math.min(upTo, head));
  }

  /** Typing, by a participant of a conversation. */
  typing(conversation: string, identity: string): void {
    const sid = conversation as Sid<'CH'>;
    const typist = this.participant(this.conversations.get(conversation) as FakeConversation, identity);
    for (const listener of this.listeners) {
      if (!listener.streams.has(conversation) || listener.identity === identity) continue;
      listener.notify('typing', { conversation: sid, participant: typist.data.sid, identity });
    }
  }
}

export type Handler<M extends RealtimeMethod> = (
  server: FakeServer,
  caller: Listener,
  params: RealtimeMethods[M]['params'],
) => RealtimeMethods[M]['result'];
