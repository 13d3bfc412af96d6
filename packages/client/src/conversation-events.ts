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

/** @internal */
export function bindingsOf({ email }: ConversationResource): ConversationBindings {
  if (!email) return {};
  const { address, name } = email;
  return { email: { projected_address: address ?? '', ...(name !== null && { name }) } };
}

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
export const conversationReasons: Reasons<ConversationResource & MembershipResource, ConversationUpdateReason> = {
  friendlyName: 'friendlyName',
  uniqueName: 'uniqueName',
  attributes: 'attributes',
  state: 'state',
  dateStateUpdated: 'state',
  createdBy: 'createdBy',
  dateCreated: 'dateCreated',
  dateUpdated: 'dateUpdated',
  lastMessage: 'lastMessage',
  email: 'bindings',
  lastReadMessageIndex: 'lastReadMessageIndex',
  notificationLevel: 'notificationLevel',
};
