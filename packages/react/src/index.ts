export { useClient } from './client-context.ts';
export type { Loading, Status } from './loading.ts';
export type { Messages } from './message-window.ts';
export { ColloquyProvider, type ColloquyProviderProps } from './provider.ts';
export { useConnectionState } from './use-connection-state.ts';
export { type ConversationResult, useConversation } from './use-conversation.ts';
export { type Conversations, useConversations } from './use-conversations.ts';
export { type MessagesOptions, useMessages } from './use-messages.ts';
export { type Participants, useParticipants } from './use-participants.ts';
export { type MessageContent, type SendMessage, useSendMessage } from './use-send-message.ts';
export { type Typing, useTyping } from './use-typing.ts';
export { type UnreadCount, useUnreadCount } from './use-unread-count.ts';
export { type UserState, useUser } from './use-user.ts';
export type {
  ConversationLike,
  ConversationView,
  MessageView,
  ParticipantView,
  UserView,
  View,
} from './view.ts';
