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

/** @internal As programs see it. */
export function stateOf(phase: ConnectionPhase): ConnectionState {
  return phase === 'closed' ? 'disconnected' : phase;
}

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
  /** A conversation is known to the client from now on: one that the user is in, or that he asked for. */
  conversationAdded: (conversation: Conversation) => void;
  /** The user is in it from now on, whoever put him there; at the start, each of the first page that he is in. */
  conversationJoined: (conversation: Conversation) => void;
  /** The user is not in it any more: he left, was removed, or it was deleted. What it knew stays readable. */
  conversationLeft: (conversation: Conversation) => void;
  /** As `conversationLeft`, right after it: the client does not follow it any more. */
  conversationRemoved: (conversation: Conversation) => void;
  /** A property of it has changed. */
  conversationUpdated: (data: ConversationUpdatedEventArgs) => void;
  /** Somebody is in a conversation of the user from now on; the user himself, too. */
  participantJoined: (participant: Participant) => void;
  /** Somebody is not in it any more. */
  participantLeft: (participant: Participant) => void;
  /** A property of a participant has changed, such as how far he has read. */
  participantUpdated: (data: ParticipantUpdatedEventArgs) => void;
  /** A new message of a conversation that the user is in; his own, too. In the order of their indexes. */
  messageAdded: (message: Message) => void;
  /** A message was removed for everybody. */
  messageRemoved: (message: Message) => void;
  /** A message was changed, or one of its copies has come further. */
  messageUpdated: (data: MessageUpdatedEventArgs) => void;
  /** Somebody else has begun to type. */
  typingStarted: (participant: Participant) => void;
  /** He has sent what he typed, or has not typed for a while. */
  typingEnded: (participant: Participant) => void;
  /** Changes of a user arrive from now on: `getUser` asked for him. */
  userSubscribed: (user: User) => void;
  /** They do not any more: by `unsubscribe`, or because a hundred others were asked for since. */
  userUnsubscribed: (user: User) => void;
  /** A property of a user has changed: the own one, or one who is subscribed to. */
  userUpdated: (data: UserUpdatedEventArgs) => void;
  /** `conversation.pendingMessages` and `client.pendingMessages` are other lists now; the conversation's SID. */
  pendingMessagesChanged: (conversationSid: string) => void;
  /** `handlePushNotification` was given one. */
  pushNotification: (pushNotification: PushNotification) => void;
  /** The token ends in a few minutes: time for `updateToken`. Where a function gives the tokens, it is asked by itself. */
  tokenAboutToExpire: () => void;
  /** The token has ended, and the connection with it; `updateToken` brings it back. */
  tokenExpired: () => void;
  /** Said once, with `initialized` or `initFailed`. */
  stateChanged: (state: State) => void;
  /** The first connection stands: calls that waited for it are sent. */
  initialized: () => void;
  /** There will be no first connection: the token was refused, for example. */
  initFailed: (data: { error?: ConnectionError }) => void;
  /** The number says why: one of `connectionReasons`. */
  connectionStateChanged: (state: ConnectionState, reason: ConnectionReason) => void;
  /** An attempt to connect has failed, or the connection has ended with an error. */
  connectionError: (data: ConnectionError) => void;
};
