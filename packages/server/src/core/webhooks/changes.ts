import type { EventCatalogue, EventType, UserResource } from '@colloquy/protocol';
import type { LoggedEvent } from '../../storage/driver.ts';
import type { Actor } from '../actor.ts';
import { updateConversation } from '../conversations/actions.ts';
import { updateMessage } from '../messages/actions.ts';
import type { StateMove, Transaction } from '../transaction.ts';
import { connectUser } from '../users/actions.ts';
import type { AfterEvent } from './event-names.ts';
import { type Origin, originOf } from './parameters/common.ts';

/** A change that webhooks may have to be told of. */
export interface Change {
  event: AfterEvent;
  stream: string;
  position: number;
  time: number;
  origin: Origin;
  /** The event of the log that it is told from; of a change of state, none. */
  logged?: LoggedEvent;
  move?: StateMove;
}

const afterEventOf: Partial<Record<string, AfterEvent>> = {
  'conversation.added': 'onConversationAdded',
  'conversation.updated': 'onConversationUpdated',
  'conversation.removed': 'onConversationRemoved',
  'participant.added': 'onParticipantAdded',
  'participant.updated': 'onParticipantUpdated',
  'participant.removed': 'onParticipantRemoved',
  'message.added': 'onMessageAdded',
  'message.updated': 'onMessageUpdated',
  'message.removed': 'onMessageRemoved',
  'receipt.updated': 'onDeliveryUpdated',
  'user.added': 'onUserAdded',
  'user.updated': 'onUserUpdated',
} satisfies Partial<Record<EventType, AfterEvent>>;

/**
 * Events that also are consequences of something else, which has an event of its own: a receipt moves the message's
 * summary, a removed message the conversation's last one, a message the state. Only these commands mean them, and
 * timers, which do what an update would: programs for the hosted API wait for `State` in `onConversationUpdated`.
 */
const meantBy: Partial<Record<AfterEvent, string>> = {
  onConversationUpdated: updateConversation.name,
  onMessageUpdated: updateMessage.name,
};

/** What a command has done, as far as whoever did it fires webhooks, in order. */
export function changesOf(tx: Transaction, actor: Actor, command: string): Change[] {
  const connecting = command === connectUser.name;
  const fires =
    actor.kind === 'user' ||
    (actor.kind === 'account' && actor.firesWebhooks === true) ||
    (actor.kind === 'system' && actor.channel !== undefined) ||
    connecting;
  const origin = originOf(actor);
  // The server's own moves, by the clock or at the end of what it began, are nobody's request.
  const moves = tx.stateMoves.filter(({ reason }) => fires || actor.kind === 'system' || reason === 'TIMER');
  const timers = new Set(moves.filter(({ reason }) => reason === 'TIMER').map((move) => move.conversation.sid));
  const changes: Change[] = [];
  for (const logged of tx.events) {
    const event = afterEventOf[logged.type];
    if (!event) continue;
    const timed = event === 'onConversationUpdated' && timers.has(logged.stream);
    if (!timed && (meantBy[event] ?? command) !== command) continue;
    const channel = fires || actor.kind !== 'system' ? undefined : channelThatReports(event, logged);
    if (!fires && !timed && event !== 'onDeliveryUpdated' && channel === undefined) continue;
    const { stream, position, time } = logged;
    const from = channel ?? (connecting ? originOfNew(logged) : origin);
    changes.push({ event, stream, position, time, origin: from, logged });
  }
  for (const move of moves) {
    const { sid, position } = move.conversation;
    const change: Change = { event: 'onConversationStateUpdated', stream: sid, position, time: tx.now, origin, move };
    changes.push(change);
  }
  return changes;
}

/** A user who is made as he connects is made by himself. */
function originOfNew(logged: LoggedEvent): Origin {
  return { source: 'SDK', clientIdentity: (JSON.parse(logged.data) as UserResource).identity };
}

/** Of somebody outside chat the server itself changes nothing but how far he has read, when his channel reports it. */
function channelThatReports(event: AfterEvent, logged: LoggedEvent): Origin | undefined {
  if (event !== 'onParticipantUpdated') return undefined;
  const { type } = dataOf(logged, 'participant.updated');
  return type === 'chat' ? undefined : { source: type.toUpperCase() };
}

/** The resource of a logged event, by its type. */
export function dataOf<T extends EventType>(logged: LoggedEvent, _type: T): EventCatalogue[T] {
  return JSON.parse(logged.data) as EventCatalogue[T];
}
