import type { ConnectionPhase, ConnectionReason } from './connection/machine.ts';
import type { Conversation } from './conversation.ts';
import type { ConversationUpdatedEventArgs } from './conversation-events.ts';
import type { Message, MessageUpdatedEventArgs } from './message.ts';
import type { Participant, ParticipantUpdatedEventArgs } from './participant.ts';
import type { PushNotification } from './push/push-notification.ts';
import type { User, UserUpdatedEventArgs } from './user.ts';

/** Whether the client could be used at all: said once. */
export type State = 'failed' | 'initialized';

/**
 * - `unknown`: not started
 * - `connecting`: an attempt is under way
 * - `connected`
 * - `disconnected`: no connection; the next attempt comes by itself, unless the client was shut down
 * - `denied`: the token was refused or has ended; `updateToken` leads out
 * - `error`: the server does not want this client; final
 * - `disconnecting`, `retrying`: never used, here for the sake of programs that know them
 */
export type ConnectionState =
  | 'unknown'
  | 'connecting'
  | 'connected'
  | 'disconnecting'
  | 'disconnected'
  | 'retrying'
  | 'denied'
  | 'error';

/** @internal */
export const connectionStates: Readonly<Record<ConnectionPhase, ConnectionState>> = {
  idle: 'unknown',
  connecting: 'connecting',
  connected: 'connected',
  waiting: 'disconnected',
  denied: 'denied',
  failed: 'error',
  closed: 'disconnected',
};

export interface ConnectionError {
  /** Will the client not try again by itself? */
  terminal: boolean;
  message: string;
  /** As in `ColloquyError`. */
  errorCode: number;
  /** Absent where there is none. */
  httpStatusCode?: number;
}

export type ClientEvents = {
  conversationAdded: (conversation: Conversation) => void;
  conversationJoined: (conversation: Conversation) => void;
  conversationLeft: (conversation: Conversation) => void;
  conversationRemoved: (conversation: Conversation) => void;
  conversationUpdated: (data: ConversationUpdatedEventArgs) => void;
  participantJoined: (participant: Participant) => void;
  participantLeft: (participant: Participant) => void;
  participantUpdated: (data: ParticipantUpdatedEventArgs) => void;
  messageAdded: (message: Message) => void;
  messageRemoved: (message: Message) => void;
  messageUpdated: (data: MessageUpdatedEventArgs) => void;
  typingStarted: (participant: Participant) => void;
  typingEnded: (participant: Participant) => void;
  userSubscribed: (user: User) => void;
  userUnsubscribed: (user: User) => void;
  userUpdated: (data: UserUpdatedEventArgs) => void;
  /** `conversation.pendingMessages` and `client.pendingMessages` are other lists now; the conversation's SID. */
  pendingMessagesChanged: (conversationSid: string) => void;
  pushNotification: (pushNotification: PushNotification) => void;
  tokenAboutToExpire: () => void;
  tokenExpired: () => void;
  stateChanged: (state: State) => void;
  initialized: () => void;
  initFailed: (data: { error?: ConnectionError }) => void;
  /** The number says why: see "The connection" in the protocol's page. */
  connectionStateChanged: (state: ConnectionState, reason: ConnectionReason) => void;
  connectionError: (data: ConnectionError) => void;
};
