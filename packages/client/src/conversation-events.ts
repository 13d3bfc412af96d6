import type { ConversationResource, MembershipResource } from '@colloquy/protocol';
import type { Conversation } from './conversation.ts';
import type { Message, MessageUpdatedEventArgs } from './message.ts';
import type { Reasons } from './mirror.ts';
import type { Participant, ParticipantUpdatedEventArgs } from './participant.ts';

/** Is the user in a conversation? */
export type ConversationStatus = 'notParticipating' | 'joined';
/** Does the user get push notifications of a conversation? */
export type NotificationLevel = 'default' | 'muted';

/** What has changed of a conversation: the properties of these names. */
export type ConversationUpdateReason =
  | 'attributes'
  | 'createdBy'
  | 'dateCreated'
  | 'dateUpdated'
  | 'friendlyName'
  | 'lastReadMessageIndex'
  | 'state'
  | 'status'
  | 'uniqueName'
  | 'lastMessage'
  | 'notificationLevel'
  | 'bindings';

export interface ConversationUpdatedEventArgs {
  conversation: Conversation;
  updateReasons: ConversationUpdateReason[];
}

/** What it is, and since when. An inactive or closed one stays as it is; only a back end can change that. */
export interface ConversationState {
  current: 'active' | 'inactive' | 'closed';
  dateUpdated: Date;
}

export interface LastMessage {
  index: number;
  dateCreated: Date;
}

/** How a conversation shows in e-mails. */
export interface ConversationEmailBinding {
  name?: string;
  /** From which its e-mails come; empty where none was set. */
  projected_address: string;
}

export interface ConversationSmsBinding {
  address?: string;
}

/** Addresses of the conversation itself. */
export interface ConversationBindings {
  email?: ConversationEmailBinding;
  /** Never there: in group texts each participant has an address of his own. */
  sms?: ConversationSmsBinding;
}

/** For participants who are reached by e-mail. */
export interface SendEmailOptions {
  subject?: string;
}

export type ConversationEvents = {
  /** Somebody is in it from now on; the user himself, too. */
  participantJoined: (participant: Participant) => void;
  /** Somebody is not in it any more. */
  participantLeft: (participant: Participant) => void;
  /** A property of a participant has changed, such as how far he has read. */
  participantUpdated: (data: ParticipantUpdatedEventArgs) => void;
  /** A new message; of the user himself, too. In the order of their indexes. */
  messageAdded: (message: Message) => void;
  /** A message was removed for everybody. */
  messageRemoved: (message: Message) => void;
  /** A message was changed, or one of its copies has come further. */
  messageUpdated: (data: MessageUpdatedEventArgs) => void;
  /** Somebody else has begun to type. */
  typingStarted: (participant: Participant) => void;
  /** He has sent what he typed, or has not typed for a while. */
  typingEnded: (participant: Participant) => void;
  /** A property of it has changed. */
  updated: (data: ConversationUpdatedEventArgs) => void;
  /** The user is not in it any more, or it was deleted. */
  removed: (conversation: Conversation) => void;
  /** `pendingMessages` is another list now. */
  pendingMessagesChanged: (conversation: Conversation) => void;
};

/** @internal */
export const conversationReasons: Reasons<ConversationResource & MembershipResource, ConversationUpdateReason> = [
  'friendlyName',
  'uniqueName',
  'attributes',
  'state',
  'dateStateUpdated state',
  'createdBy',
  'dateCreated',
  'dateUpdated',
  'lastMessage',
  'email bindings',
  'lastReadMessageIndex',
  'notificationLevel',
];
