import type {
  Client,
  Conversation,
  ConversationUpdatedEventArgs,
  Message,
  MessageUpdatedEventArgs,
  Participant,
  ParticipantUpdatedEventArgs,
  PushNotification,
  User,
  UserUpdatedEventArgs,
} from '@twilio/conversations';

interface Payloads {
  conversationAdded: Conversation;
  conversationJoined: Conversation;
  conversationLeft: Conversation;
  conversationRemoved: Conversation;
  conversationUpdated: ConversationUpdatedEventArgs;
  removed: Conversation;
  participantJoined: Participant;
  participantLeft: Participant;
  participantUpdated: ParticipantUpdatedEventArgs;
  messageAdded: Message;
  messageRemoved: Message;
  messageUpdated: MessageUpdatedEventArgs;
  typingStarted: Participant;
  typingEnded: Participant;
  userSubscribed: User;
  userUnsubscribed: User;
  userUpdated: UserUpdatedEventArgs;
  pushNotification: PushNotification;
  initialized: undefined;
  initFailed: { error?: { terminal: boolean; message: string } };
  stateChanged: 'failed' | 'initialized';
  connectionStateChanged: string;
  connectionError: { terminal: boolean; message: string };
  tokenAboutToExpire: undefined;
  tokenExpired: undefined;
}

export type Emitter = Client | Conversation | Message | Participant | User;

export type Heard = keyof Payloads | 'updated';

/** What all of them have, without their types. */
interface Emits<P> {
  on(event: string, listener: (payload: P) => void): unknown;
  off(event: string, listener: (payload: P) => void): unknown;
}

/** `updated` says what its object is. */
type Payload<T, E> = E extends keyof Payloads
  ? Payloads[E]
  : T extends Conversation
    ? ConversationUpdatedEventArgs
    : T extends Message
      ? MessageUpdatedEventArgs
      : T extends Participant
        ? ParticipantUpdatedEventArgs
        : UserUpdatedEventArgs;

/** What an event brings the next time, or the next time that it fits. */
export function heard<T extends Emitter, E extends Heard>(
  emitter: T,
  event: E,
  fits: (payload: Payload<T, E>) => boolean = () => true,
): Promise<Payload<T, E>> {
  const emits = emitter as unknown as Emits<Payload<T, E>>;
  return new Promise((resolve) => {
    const listener = (payload: Payload<T, E>) => {
      if (!fits(payload)) return;
      emits.off(event, listener);
      resolve(payload);
    };
    emits.on(event, listener);
  });
}

/** Waits until it holds, which it may do already; looks again at each of those events. */
export async function until(emitter: Emitter, event: Heard, holds: () => boolean): Promise<void> {
  if (!holds()) await heard(emitter, event, holds);
}

/** The names of these events in the order in which they come. */
export function journal(emitter: Emitter, ...events: Heard[]): string[] {
  const names: string[] = [];
  for (const event of events) (emitter as unknown as Emits<unknown>).on(event, () => names.push(event));
  return names;
}

/** The code with which a call is refused; 0 if it is not. Each package says it in its own way. */
export async function refusal(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 0;
  } catch (error) {
    const { code, body } = error as { code?: number; body?: { code?: number } };
    return body?.code ?? code ?? -1;
  }
}
