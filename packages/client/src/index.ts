export type { CallOptions } from './call-options.ts';
export { CancellablePromise } from './cancellable-promise.ts';
export { ChannelMetadata } from './channel-metadata.ts';
export {
  Client,
  type ClientOptions,
  type CreateConversationOptions,
  type NotificationsChannelType,
  type PushChannelType,
} from './client.ts';
export type { ClientEvents, ConnectionError, ConnectionState, State } from './client-events.ts';
export { type ConnectionReason, reasons as connectionReasons } from './connection/machine.ts';
export type { TokenProvider } from './connection/token-source.ts';
export type { Transport, TransportOptions } from './connection/ways.ts';
export type { WebSocketConstructor, WebSocketLike } from './connection/web-socket.ts';
export type {
  ContentData,
  ContentDataAction,
  ContentDataActionOther,
  ContentDataActionPhone,
  ContentDataActionReply,
  ContentDataActionUrl,
  ContentDataCallToAction,
  ContentDataCard,
  ContentDataListItem,
  ContentDataListPicker,
  ContentDataLocation,
  ContentDataMedia,
  ContentDataOther,
  ContentDataQuickReply,
  ContentDataReply,
  ContentDataText,
} from './content/content-data.ts';
export { ContentTemplate, ContentTemplateVariable } from './content/content-template.ts';
export { Conversation } from './conversation.ts';
export type {
  ConversationBindings,
  ConversationEmailBinding,
  ConversationEvents,
  ConversationSmsBinding,
  ConversationState,
  ConversationStatus,
  ConversationUpdatedEventArgs,
  ConversationUpdateReason,
  LastMessage,
  NotificationLevel,
  SendEmailOptions,
} from './conversation-events.ts';
export type { ConversationLimits } from './conversation-limits.ts';
export {
  AggregatedDeliveryReceipt,
  type DeliveryAmount,
  type DeliveryStatus,
  DetailedDeliveryReceipt,
} from './delivery-receipts.ts';
export {
  EmailRecipientDescriptor,
  type EmailRecipientLevel,
  type RecipientDescriptor,
  UnknownRecipientDescriptor,
} from './email/recipients.ts';
export { ColloquyError, type ErrorDetails } from './errors.ts';
export type { JSONArray, JSONObject, JSONValue } from './json.ts';
export type { AnyFile, OutgoingFile, SendMediaOptions } from './media/file.ts';
export { Media, type MediaCategory } from './media/media.ts';
export {
  Message,
  type MessageEvents,
  type MessageType,
  type MessageUpdatedEventArgs,
  type MessageUpdateReason,
} from './message.ts';
export { MessageBuilder, type MessageContent, type SendOptions, UnsentMessage } from './message-builder.ts';
export type { Paginator, Paginator as RestPaginator, PaginatorOptions } from './paginator.ts';
export {
  Participant,
  type ParticipantBinding,
  type ParticipantBindingOptions,
  type ParticipantBindings,
  type ParticipantEmailBinding,
  type ParticipantEmailLevel,
  type ParticipantEvents,
  type ParticipantType,
  type ParticipantUpdatedEventArgs,
  type ParticipantUpdateReason,
} from './participant.ts';
export type { ParticipantResponse } from './participant-response.ts';
export {
  NotificationTypes,
  PushNotification,
  type PushNotificationData,
  type PushNotificationDescriptor,
  type PushNotificationType,
} from './push/push-notification.ts';
export { indexedDbStorage } from './sending/indexed-db-storage.ts';
export type { MessageStorage, StoredMessage } from './sending/message-storage.ts';
export type { PendingMessage, PendingStatus } from './sending/pending-message.ts';
export type { Timers } from './timers.ts';
export { User, type UserEvents, type UserUpdatedEventArgs, type UserUpdateReason } from './user.ts';
