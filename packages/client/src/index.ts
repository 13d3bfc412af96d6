export type { CallOptions } from './call-options.ts';
export { Client, type ClientOptions, type CreateConversationOptions, type PushChannelType } from './client.ts';
export type { ClientEvents, ConnectionError, ConnectionState, State } from './client-events.ts';
export { type ConnectionReason, reasons as connectionReasons } from './connection/machine.ts';
export type { TokenProvider } from './connection/token-source.ts';
export type { WebSocketConstructor, WebSocketLike } from './connection/web-socket.ts';
export { Conversation } from './conversation.ts';
export type {
  ConversationBindings,
  ConversationEvents,
  ConversationState,
  ConversationStatus,
  ConversationUpdatedEventArgs,
  ConversationUpdateReason,
  LastMessage,
  NotificationLevel,
  SendEmailOptions,
} from './conversation-events.ts';
export {
  AggregatedDeliveryReceipt,
  type DeliveryAmount,
  type DeliveryStatus,
  DetailedDeliveryReceipt,
} from './delivery-receipts.ts';
export { ColloquyError, type ErrorDetails } from './errors.ts';
export type { JSONArray, JSONObject, JSONValue } from './json.ts';
export {
  Message,
  type MessageEvents,
  type MessageType,
  type MessageUpdatedEventArgs,
  type MessageUpdateReason,
} from './message.ts';
export { type ContentTemplateVariable, MessageBuilder, UnsentMessage } from './message-builder.ts';
export type { Paginator } from './paginator.ts';
export {
  Participant,
  type ParticipantBinding,
  type ParticipantBindings,
  type ParticipantEvents,
  type ParticipantType,
  type ParticipantUpdatedEventArgs,
  type ParticipantUpdateReason,
} from './participant.ts';
export type { ParticipantResponse } from './participant-response.ts';
export { indexedDbStorage } from './sending/indexed-db-storage.ts';
export type { MessageStorage, StoredMessage } from './sending/message-storage.ts';
export type { PendingMessage, PendingStatus } from './sending/pending-message.ts';
export type { SendOptions } from './sending/send-queue.ts';
export type { Timers } from './timers.ts';
export { User, type UserEvents, type UserUpdatedEventArgs, type UserUpdateReason } from './user.ts';
