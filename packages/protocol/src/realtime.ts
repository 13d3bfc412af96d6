/**
 * The realtime protocol: JSON-RPC 2.0, one JSON text per WebSocket text frame, no batches.
 * The page `docs/reference/realtime.md` describes it in words.
 */
import type { AnyStreamEvent, StreamSid } from './events.ts';
import type {
  ConversationResource,
  EmailLevel,
  MembershipResource,
  MessageResource,
  NotificationLevel,
  ParticipantResource,
  RecipientResource,
  RestParticipant,
  ShownContent,
  ShownReceipt,
  TemplateResource,
  UserResource,
} from './resources.ts';
import type { Sid } from './sids.ts';

/** The path of the WebSocket, below the server's address. */
export const realtimePath = '/v1/x/realtime';

/** The path below which the same frames go in requests, where no WebSocket gets through. */
export const realtimePollPath = `${realtimePath}/poll`;

/** The subprotocol that client and server name when the socket is opened. */
export const realtimeSubprotocol = 'colloquy.v1';

/** A conversation in the list of the user who asks. */
export interface ConversationEntry {
  conversation: ConversationResource;
  /** Null for a conversation that the user may see but is not in (service administrators). */
  membership: MembershipResource | null;
  /** Position of the conversation's stream that this snapshot shows. */
  position: number;
}

export interface Page<T> {
  items: T[];
  /** Give it back to get the next page; null on the last one. */
  next: string | null;
}

/** A conversation is named by its SID or its unique name; a participant or user by SID or identity. */
type Named<K extends string> = { [P in K]: string };
type InConversation = Named<'conversation'>;
/** A key makes a repeated request answer as the first did; at most 128 characters, kept for a day. */
interface Keyed {
  key?: string;
}
/**
 * Where in the conversation's stream the event of a change stands, or where the resource changed last if there was nothing
 * to change. For a membership it is the user's own stream. Resources say so themselves.
 */
interface Shown {
  position: number;
}

export interface ConnectParams {
  token: string;
  /** For logs: the library's name and version. */
  client?: string;
  /** What a former connection left off with; absent on the first one. */
  resume?: {
    cursor: string;
    /** Per stream, the last position that was seen. */
    positions: Record<string, number>;
  };
}

export interface ConnectResult {
  session: string;
  user: UserResource;
  /** Position of the user's own stream. */
  position: number;
  /** Stands for "now" in the log, for streams of which nothing was ever seen. Opaque. */
  cursor: string;
  /** When the token ends, in milliseconds. */
  tokenExpires: number;
  /** First page of the user's conversations; null on a resume, unless the user's own stream is in `reset`. */
  conversations: Page<ConversationEntry> | null;
  /** On a resume: what was missed, in order within each stream. */
  events: AnyStreamEvent[];
  /** On a resume: streams that moved too far; take a snapshot of them. The user's own stream here means: of everything. */
  reset: StreamSid[];
  /** The server pings an idle socket this often (ms); a client that hears nothing for twice as long may assume it dead. */
  heartbeat: number;
  /** How long a typing indication lasts, in milliseconds. */
  typingTimeout: number;
  /** What messages may have attached. */
  limits: AttachmentLimits;
}

/** What a message may have attached, as the SDK shows it. */
export interface AttachmentLimits {
  /** Files, the parts of an e-mail among them. */
  mediaAttachmentsCountLimit: number;
  /** Of one file. */
  mediaAttachmentSizeLimitInMb: number;
  mediaAttachmentsTotalSizeLimitInMb: number;
  emailHistoriesAllowedContentTypes: string[];
  emailBodiesAllowedContentTypes: string[];
}

/** The push services: Apple's, Google's, and Google's former one, which sends nothing any more. */
export const pushTypes = ['apn', 'fcm', 'gcm'] as const;
export type PushType = (typeof pushTypes)[number];

/** What a device may be notified of. */
export const pushMessageTypes = ['new_message', 'added_to_conversation', 'removed_from_conversation'] as const;
export type PushMessageType = (typeof pushMessageTypes)[number];

/** Parameters and result of every method a client may call. */
export interface RealtimeMethods {
  connect: { params: ConnectParams; result: ConnectResult };
  'token.update': { params: { token: string }; result: { tokenExpires: number } };
  ping: { params: Record<never, never>; result: { time: number } };

  'conversations.create': {
    params: Keyed & { friendlyName?: string; uniqueName?: string; attributes?: string };
    result: ConversationEntry;
  };
  'conversations.list': { params: { next?: string; limit?: number }; result: Page<ConversationEntry> };
  'conversations.get': { params: InConversation; result: ConversationEntry };
  'conversations.update': {
    params: InConversation & Keyed & { friendlyName?: string | null; uniqueName?: string | null; attributes?: string };
    result: ConversationEntry;
  };
  'conversations.delete': { params: InConversation & Keyed; result: Record<never, never> };
  'conversations.join': { params: InConversation & Keyed; result: ConversationEntry };
  'conversations.leave': { params: InConversation & Keyed; result: Record<never, never> };
  /** Unread messages of all conversations of the user together, exactly; where he never read, all messages count. */
  'conversations.unread': { params: Record<never, never>; result: { unread: number } };
  'conversations.counts': {
    params: InConversation;
    /** `unread` is exact; null while there is no read horizon. */
    result: { messages: number; participants: number; unread: number | null };
  };

  /** What happened in a conversation, in short, where the log is too long or has not all of it any more. */
  'conversations.changes': {
    /** `knows`: of what the client knows, participants by SID, messages by SID or, in fewer bytes, by index. */
    params: InConversation & { after: number; knows: (string | number)[] };
    result: {
      /** Of what has changed after that position, each once, as it is now; in the order of the stream but for the first. */
      events: AnyStreamEvent[];
      /** Those of the known ones that are there no more, as they were called. */
      gone: (string | number)[];
      /** Up to which the events tell of everything; ask again from there while it is before the head. */
      position: number;
      head: number;
    };
  };

  'membership.update': {
    params: InConversation &
      Keyed & {
        notificationLevel?: NotificationLevel;
        /** `set` moves the read horizon both ways, null clears it; `advance` only forward. */
        read?:
          | { mode: 'set'; index: number | null }
          | { mode: 'advance'; index: number }
          | { mode: 'all' }
          | { mode: 'none' };
      };
    result: Shown & { membership: MembershipResource; unread: number | null };
  };

  'participants.list': {
    params: InConversation & { next?: string; limit?: number };
    result: Page<ParticipantResource>;
  };
  'participants.get': { params: InConversation & Named<'participant'>; result: ParticipantResource };
  'participants.add': {
    params: InConversation & Keyed & { identity: string; attributes?: string };
    result: ParticipantResource & { rest: RestParticipant };
  };
  'participants.addNonChat': {
    /** `name` and `level` are of e-mail participants only, who have no proxy address: it is empty for them. */
    params: InConversation &
      Keyed & { address: string; proxyAddress: string; attributes?: string; name?: string; level?: EmailLevel };
    result: ParticipantResource & { rest: RestParticipant };
  };
  'participants.update': {
    params: InConversation & Keyed & Named<'participant'> & { attributes?: string };
    result: ParticipantResource;
  };
  'participants.remove': { params: InConversation & Keyed & Named<'participant'>; result: Shown };

  'messages.send': {
    /**
     * `media`: SIDs of what this user uploaded, at most 10. Body or media has to be there, or the SID of a content
     * template, whose text is the body then; `contentVariables` is JSON text of an object. `after` is the key of a
     * message of this user that was sent or is under way: without that one this one is refused (20412), so that messages
     * that are sent without waiting for each other's answers keep their order whatever happens to one of them.
     */
    params: InConversation &
      Keyed & {
        body?: string;
        attributes?: string;
        subject?: string;
        media?: string[];
        contentSid?: string;
        contentVariables?: string;
        after?: string;
      };
    result: MessageResource;
  };
  'messages.list': {
    params: InConversation & { limit?: number; anchor?: number; direction?: 'backwards' | 'forward' };
    /**
     * Ascending by index. `backwards` (the default) ends at the anchor or the newest message,
     * `forward` begins at the anchor or the first.
     */
    result: {
      items: MessageResource[];
      /** Anchors of the page after this one, forward, and of the one before it, backwards; null where there is none. */
      next: number | null;
      previous: number | null;
    };
  };
  'messages.get': { params: InConversation & { index: number }; result: MessageResource };
  'messages.update': {
    params: InConversation & Keyed & { index: number; body?: string; attributes?: string };
    result: MessageResource;
  };
  'messages.remove': { params: InConversation & Keyed & { index: number }; result: Shown };
  /** What a message that was made from a template shows beyond its text; null for other messages. */
  'messages.content': {
    params: InConversation & { index: number };
    result: { content: ShownContent | null };
  };
  'messages.receipts': { params: InConversation & { index: number }; result: { items: ShownReceipt[] } };
  /** Whom a message was sent to by e-mail, and from whom it came. */
  'messages.recipients': { params: InConversation & { index: number }; result: { items: RecipientResource[] } };
  /** The same of all messages of a conversation, oldest first. */
  'conversations.recipients': {
    params: InConversation & { next?: string; limit?: number };
    result: Page<RecipientResource>;
  };

  /** Addresses at which files can be read without credentials for five minutes, by SID; at most 100 at a time. */
  'media.links': { params: { media: string[] }; result: { urls: Record<string, string> } };

  /** The content templates of the account, oldest first. */
  'content.list': { params: { next?: string; limit?: number }; result: Page<TemplateResource> };

  'users.get': { params: Named<'user'>; result: UserResource };
  'users.update': {
    params: Keyed & Named<'user'> & { friendlyName?: string | null; attributes?: string };
    result: UserResource;
  };
  /**
   * From now on `user` notifications tell of changes of these users, for this connection. Those that are not known are left
   * out; at most 100 are subscribed to at a time, those that were named last.
   */
  'users.subscribe': { params: { users: string[] }; result: { items: UserResource[] } };
  'users.unsubscribe': { params: { users: string[] }; result: Record<never, never> };

  /**
   * Has push notifications sent to a device, with the credential that the token grants (`push_credential_sid`). Of one
   * device the last registration counts, whoever made it.
   */
  'push.register': {
    params: { type: PushType; token: string; messageTypes?: PushMessageType[] };
    result: { sid: Sid<'BS'> };
  };
  'push.unregister': { params: { type: PushType; token: string }; result: Record<never, never> };

  typing: { params: InConversation; result: Record<never, never> };

  /** Reads a stream's log after a position: for a client that sees a gap. */
  'events.list': {
    params: { stream: string; after: number; limit?: number };
    result: { items: AnyStreamEvent[]; head: number };
  };
}

export type RealtimeMethod = keyof RealtimeMethods;

/** What the server sends unasked. */
export interface RealtimeNotifications {
  event: AnyStreamEvent;
  /** Somebody else is typing; lasts `typingTimeout`. Never logged, never replayed. */
  typing: { conversation: Sid<'CH'>; participant: Sid<'MB'>; identity: string };
  /** A subscribed user (not the own one, whose stream tells of it) changed. */
  user: { user: UserResource };
  /** The token ends soon: three minutes before, or when a third of a shorter life is left. Send `token.update`. */
  'token.aboutToExpire': { tokenExpires: number };
}

export interface RpcRequest {
  jsonrpc: '2.0';
  id: number | string;
  method: string;
  params?: unknown;
}
export interface RpcSuccess {
  jsonrpc: '2.0';
  id: number | string;
  result: unknown;
}
export interface RpcError {
  /** A code of the error table when positive; JSON-RPC's own when negative. */
  code: number;
  message: string;
  /** `retryAfter`: seconds after which it may work, where there was too much of something. */
  data?: { status: number; help?: string; retryAfter?: number };
}
export interface RpcFailure {
  jsonrpc: '2.0';
  id: number | string | null;
  error: RpcError;
}
export interface RpcNotification {
  jsonrpc: '2.0';
  method: string;
  params: unknown;
}

/** JSON-RPC 2.0, section 5.1. */
export const rpcErrors = {
  parse: { code: -32700, message: 'The frame is not JSON text in UTF-8.' },
  invalidRequest: { code: -32600, message: 'The frame is not a JSON-RPC 2.0 request.' },
  unknownMethod: { code: -32601, message: 'There is no such method.' },
  invalidParams: { code: -32602, message: 'The parameters do not fit the method.' },
} as const;

/**
 * Why the server closes a socket. `resume`: connect again with positions, after the usual back-off.
 * `token`: connect again with a new token. `fatal`: do not connect again unchanged.
 */
// biome-ignore-start lint/suspicious/noThenProperty: plain text, never a function, so nothing takes these for promises
export const closeCodes = {
  1001: { then: 'resume', why: 'The server is stopping.' },
  1009: { then: 'fatal', why: 'A frame was larger than the limit.' },
  4400: { then: 'fatal', why: 'Frames were not JSON-RPC, again and again.' },
  4401: { then: 'token', why: 'The token was refused.' },
  4402: { then: 'token', why: 'The token has expired.' },
  4403: { then: 'fatal', why: 'The user was removed.' },
  4408: { then: 'resume', why: 'No connect request came in time, or the socket went silent.' },
  4413: { then: 'resume', why: 'The client read too slowly; it gets what it missed on resuming.' },
  4429: { then: 'resume', why: 'Too many requests or connections.' },
} as const;
// biome-ignore-end lint/suspicious/noThenProperty: plain text

export type CloseCode = keyof typeof closeCodes;
