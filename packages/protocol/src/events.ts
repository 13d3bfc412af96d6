/**
 * The catalogue of events. Every change appends one event to the stream it belongs to, in the same
 * transaction. An event carries the whole resource as it is after the change (for `removed`: as it was
 * last), never a patch.
 */
import type {
  ConversationResource,
  MembershipResource,
  MessageResource,
  ParticipantResource,
  ReceiptResource,
  UserResource,
} from './resources.ts';
import type { Sid } from './sids.ts';

/** Events of a conversation's stream (`CH…`), seen by its participants. */
export interface ConversationEvents {
  'conversation.added': ConversationResource;
  'conversation.updated': ConversationResource;
  'conversation.removed': ConversationResource;
  'participant.added': ParticipantResource;
  'participant.updated': ParticipantResource;
  'participant.removed': ParticipantResource;
  /** Also moves the conversation's `lastMessage`; no `conversation.updated` follows for that. */
  'message.added': MessageResource;
  'message.updated': MessageResource;
  'message.removed': MessageResource;
  /** `message.updated` with the new summary follows when the summary changed. */
  'receipt.added': ReceiptResource;
  'receipt.updated': ReceiptResource;
}

/** Events of a user's own stream (`US…`), seen by that user. */
export interface UserEvents {
  'user.added': UserResource;
  'user.updated': UserResource;
  'user.removed': UserResource;
  /** The user is in a conversation from now on; `position` is where its stream stood just then. */
  'membership.added': { membership: MembershipResource; conversation: ConversationResource; position: number };
  'membership.updated': MembershipResource;
  'membership.removed': { membership: MembershipResource; reason: 'left' | 'removed' | 'deleted' };
}

export type EventCatalogue = ConversationEvents & UserEvents;
export type EventType = keyof EventCatalogue;

/** The SID of the conversation or user whose stream it is. */
export type StreamSid = Sid<'CH'> | Sid<'US'>;

export interface StreamEvent<T extends EventType = EventType> {
  stream: StreamSid;
  /** Gapless in its stream, from 1. */
  position: number;
  type: T;
  /** When the change was committed, in milliseconds. */
  time: number;
  data: EventCatalogue[T];
}

/** A union over all event types, so that `type` narrows `data`. */
export type AnyStreamEvent = { [T in EventType]: StreamEvent<T> }[EventType];
