/**
 * Resources as the realtime API and the event log carry them. Times are integer milliseconds since
 * 1970 (UTC); `attributes` is JSON text, exactly as it was given.
 */
import type { Sid } from './sids.ts';

export type ConversationState = 'initializing' | 'active' | 'inactive' | 'closed';
export type NotificationLevel = 'default' | 'muted';
/** The channel of a participant, told from the prefix of its address. The contract has all of them but `telegram`. */
export type ParticipantType =
  | 'chat'
  | 'sms'
  | 'whatsapp'
  | 'messenger'
  | 'email'
  | 'rcs'
  | 'gbm'
  | 'apple'
  | 'telegram';
export type DeliveryStatus = 'sent' | 'delivered' | 'read' | 'failed' | 'undelivered';
export type DeliveryAmount = 'none' | 'some' | 'all';

export interface ConversationResource {
  sid: Sid<'CH'>;
  serviceSid: Sid<'IS'>;
  friendlyName: string | null;
  uniqueName: string | null;
  attributes: string;
  state: ConversationState;
  dateStateUpdated: number;
  /** Identity of the creator; `system` for REST. */
  createdBy: string;
  dateCreated: number;
  dateUpdated: number;
  lastMessage: { index: number; dateCreated: number } | null;
  /** The sender of its e-mails, where one was set, under the names of the SDK; absent without. The address may be empty. */
  email?: { projected_address: string; name?: string };
}

/** Where an address of an e-mail stands among its recipients. */
export type EmailLevel = 'to' | 'cc';

/** A user's own view of a conversation he is in. */
export interface MembershipResource {
  conversationSid: Sid<'CH'>;
  participantSid: Sid<'MB'>;
  notificationLevel: NotificationLevel;
  /** Read horizon; null until it is set. */
  lastReadMessageIndex: number | null;
  lastReadTimestamp: number | null;
  dateCreated: number;
  /** Of its last change, in the user's own stream. */
  position: number;
}

export interface ParticipantResource {
  sid: Sid<'MB'>;
  conversationSid: Sid<'CH'>;
  /** Null for participants outside chat. */
  identity: string | null;
  userSid: Sid<'US'> | null;
  type: ParticipantType;
  /**
   * Set for participants outside chat. `name` (empty where there is none) and `level` are there for those by e-mail only,
   * whose address has no prefix here.
   */
  binding: {
    address: string | null;
    proxyAddress: string | null;
    projectedAddress: string | null;
    name?: string;
    level?: EmailLevel | 'from';
  } | null;
  attributes: string;
  roleSid: Sid<'RL'> | null;
  lastReadMessageIndex: number | null;
  lastReadTimestamp: number | null;
  dateCreated: number;
  dateUpdated: number;
  /** Of its last change, in the conversation's stream. */
  position: number;
}

/** A participant in the form of the REST API, for programs that know him so. */
export interface RestParticipant {
  sid: string;
  conversation_sid: string;
  chat_service_sid: string;
  role_sid: string | null;
  identity: string | null;
  /** JSON text. */
  attributes: string;
  messaging_binding: { type: string; address: string | null; proxy_address: string | null } | null;
  /** ISO 8601. */
  date_created: string;
  /** ISO 8601. */
  date_updated: string;
}

/** How far the copies for participants outside chat have come; each status implies the earlier ones. */
export interface DeliverySummary {
  total: number;
  sent: DeliveryAmount;
  delivered: DeliveryAmount;
  read: DeliveryAmount;
  failed: DeliveryAmount;
  undelivered: DeliveryAmount;
}

/** What a part of a message is: a file that was attached, or the body or quoted history of an e-mail. */
export type MediaCategory = 'media' | 'body' | 'history';

/** A file of a message, as the message tells of it; the media API has its bytes. */
export interface MediaResource {
  sid: Sid<'ME'>;
  category: MediaCategory;
  filename: string | null;
  contentType: string;
  /** Bytes. */
  size: number;
}

/** Of what a message shows beyond its text: what kind it is. It has to be asked for. */
export interface RichContentResource {
  /** For example `twilio/quick-reply`. */
  type: string;
  /** Bytes of the file as which the media API gives it. */
  size: number;
}

export interface MessageResource {
  sid: Sid<'IM'>;
  conversationSid: Sid<'CH'>;
  /** Gapless from 0 when assigned; a removed message leaves its index unused. */
  index: number;
  author: string;
  body: string | null;
  subject: string | null;
  attributes: string;
  participantSid: Sid<'MB'> | null;
  contentSid: Sid<'HX'> | null;
  /** What it shows beyond its text, where it was made from a content template; absent for others. */
  richContent?: RichContentResource;
  /** In the order they were given; absent when there are none. */
  media?: readonly MediaResource[];
  lastUpdatedBy: string | null;
  delivery: DeliverySummary | null;
  dateCreated: number;
  dateUpdated: number;
  /** Of its last change, in the conversation's stream. */
  position: number;
}

export interface ReceiptResource {
  sid: Sid<'DY'>;
  conversationSid: Sid<'CH'>;
  messageSid: Sid<'IM'>;
  messageIndex: number;
  participantSid: Sid<'MB'>;
  channelMessageSid: Sid<'SM'> | null;
  /** Null while queued. */
  status: DeliveryStatus | null;
  /** 0 without an error. */
  errorCode: number;
  dateCreated: number;
  dateUpdated: number;
}

/** A receipt as programs see it. */
export interface ShownReceipt extends Omit<ReceiptResource, 'status' | 'dateCreated' | 'dateUpdated'> {
  status: DeliveryStatus | 'queued';
  /** ISO 8601. */
  dateCreated: string;
  /** ISO 8601. */
  dateUpdated: string;
}

/** Somebody whom a message was sent to by e-mail, or from whom it came. */
export interface RecipientResource {
  messageSid: Sid<'IM'>;
  type: 'email';
  level: EmailLevel | 'from';
  /** Empty where there is none. */
  name: string;
  address: string;
}

/** What a message of a content template shows: what there is to it depends on its type. */
export interface ShownContent {
  /** `text`, `media`, `location`, `quickReply`, `callToAction`, `listPicker`, `card` or `other`. */
  type: string;
  /** All that the template has for it, as JSON text. */
  rawData: string;
  [member: string]: unknown;
}

/** A content template: a text with places, in one form or more. */
export interface TemplateResource {
  sid: Sid<'HX'>;
  friendlyName: string | null;
  /** What stands in a place by default, by its name. */
  variables: Record<string, string>;
  /** By type, such as `twilio/quick-reply`: what the template shows as that. */
  variants: Record<string, ShownContent>;
  dateCreated: number;
  dateUpdated: number;
}

export interface UserResource {
  sid: Sid<'US'>;
  serviceSid: Sid<'IS'>;
  identity: string;
  friendlyName: string | null;
  attributes: string;
  roleSid: Sid<'RL'>;
  /** Null while reachability is off in the service. */
  isOnline: boolean | null;
  isNotifiable: boolean | null;
  dateCreated: number;
  dateUpdated: number;
  /** Of his last change, in his own stream. */
  position: number;
}
