import type { ConversationResource, MembershipResource } from '@colloquy/protocol';
import type { Conversation } from './conversation.ts';
import type { Message, MessageUpdatedEventArgs } from './message.ts';
import type { Reasons } from './mirror.ts';
import type { Participant, ParticipantUpdatedEventArgs } from './participant.ts';

export type ConversationStatus = 'notParticipating' | 'joined';
export type NotificationLevel = 'default' | 'muted';

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

export interface ConversationState {
  current: 'active' | 'inactive' | 'closed';
  dateUpdated: Date;
}

export interface LastMessage {
  index: number;
  dateCreated: Date;
}

/** Channels of the conversation itself, such as an e-mail address of its own. */
export type ConversationBindings = Record<never, never>;

export interface SendEmailOptions {
  subject?: string;
}

export type ConversationEvents = {
  participantJoined: (participant: Participant) => void;
  participantLeft: (participant: Participant) => void;
  participantUpdated: (data: ParticipantUpdatedEventArgs) => void;
  messageAdded: (message: Message) => void;
  messageRemoved: (message: Message) => void;
  messageUpdated: (data: MessageUpdatedEventArgs) => void;
  typingStarted: (participant: Participant) => void;
  typingEnded: (participant: Participant) => void;
  updated: (data: ConversationUpdatedEventArgs) => void;
  removed: (conversation: Conversation) => void;
  /** `pendingMessages` is another list now. */
  pendingMessagesChanged: (conversation: Conversation) => void;
};

/** @internal */
export const conversationReasons: Reasons<ConversationResource, ConversationUpdateReason> = {
  friendlyName: 'friendlyName',
  uniqueName: 'uniqueName',
  attributes: 'attributes',
  state: 'state',
  dateStateUpdated: 'state',
  createdBy: 'createdBy',
  dateCreated: 'dateCreated',
  dateUpdated: 'dateUpdated',
  lastMessage: 'lastMessage',
};

/** @internal */
export const membershipReasons: Reasons<MembershipResource, ConversationUpdateReason> = {
  lastReadMessageIndex: 'lastReadMessageIndex',
  notificationLevel: 'notificationLevel',
};
