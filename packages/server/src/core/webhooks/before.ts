/**
 * Which changes a pre-action webhook is asked about, and what it is told: what the change would do, as a rehearsal of
 * its command has shown. Contract: "Conversations Webhooks"; behaviour reference, sections 11.1, 11.2 and 11.4.
 */
import type {
  ConversationResource,
  EventType,
  MessageResource,
  ParticipantResource,
  UserResource,
} from '@colloquy/protocol';
import { type Db, prepare } from '../../storage/db.ts';
import type { Rehearsed } from '../../storage/driver.ts';
import type { ConversationsTable } from '../../storage/schema.ts';
import { loadAccount } from '../accounts/actions.ts';
import type { Actor } from '../actor.ts';
import type { Run } from '../core.ts';
import { bindingOf } from './after-parameters.ts';
import { dataOf } from './changes.ts';
import type { BeforeEvent } from './event-names.ts';
import { commonParameters, originOf, withRetryCount } from './parameters/common.ts';
import { conversationAdd, conversationChange } from './parameters/conversation.ts';
import { messageAdd, messageChange } from './parameters/message.ts';
import type { Parameter } from './parameters/parameter.ts';
import { participantAdd, participantChange } from './parameters/participant.ts';
import { userUpdate } from './parameters/user.ts';

/** What a pre-action webhook is asked. */
export interface BeforeAction {
  event: BeforeEvent;
  service: string;
  parameters: Parameter[];
}

interface Question {
  event: BeforeEvent;
  /** The event in the log that shows the change. */
  shownBy: EventType;
}

/** By command. The first one whose event the rehearsal shows is the one that is asked. */
const questions: Readonly<Record<string, readonly Question[]>> = {
  'conversations.create': [{ event: 'onConversationAdd', shownBy: 'conversation.added' }],
  'conversations.update': [{ event: 'onConversationUpdate', shownBy: 'conversation.updated' }],
  'conversations.delete': [{ event: 'onConversationRemove', shownBy: 'conversation.removed' }],
  'messages.send': [{ event: 'onMessageAdd', shownBy: 'message.added' }],
  'messages.update': [{ event: 'onMessageUpdate', shownBy: 'message.updated' }],
  'messages.remove': [{ event: 'onMessageRemove', shownBy: 'message.removed' }],
  'participants.add': [{ event: 'onParticipantAdd', shownBy: 'participant.added' }],
  'participants.update': [{ event: 'onParticipantUpdate', shownBy: 'participant.updated' }],
  'participants.remove': [{ event: 'onParticipantRemove', shownBy: 'participant.removed' }],
  'users.update': [{ event: 'onUserUpdate', shownBy: 'user.updated' }],
  // A conversation that is made for a message is asked about with it; participants and message then come along.
  'inbound.receive': [
    { event: 'onConversationAdd', shownBy: 'conversation.added' },
    { event: 'onMessageAdd', shownBy: 'message.added' },
  ],
};

/**
 * The events that a change may be asked about: none for those of back ends, which would call themselves, and of the
 * server itself.
 */
export function eventsBefore({ actor, command }: Pick<Run, 'actor' | 'command'>): readonly BeforeEvent[] {
  const asks = actor.kind === 'user' || (actor.kind === 'system' && actor.channel !== undefined);
  return asks ? (questions[command.name] ?? []).map(({ event }) => event) : [];
}

/** @returns undefined when the change is none that is asked about: it repeats one that was made, for example */
export async function beforeAction(db: Db, run: Run, rehearsed: Rehearsed): Promise<BeforeAction | undefined> {
  for (const { event, shownBy } of questions[run.command.name] ?? []) {
    const shown = rehearsed.events.find(({ type }) => type === shownBy);
    if (!shown) continue;
    const change = { ...rehearsed, shown: dataOf(shown, shownBy) };
    const { service, parameters } = await describers[event](db, run, change);
    const common = commonParameters({ account: run.actor.account, service, event, ...originOf(run.actor) });
    return { event, service, parameters: withRetryCount([...common, ...parameters], 0) };
  }
  return undefined;
}

interface Change extends Rehearsed {
  // biome-ignore lint/suspicious/noExplicitAny: the resource of the event, which its describer knows
  shown: any;
}

type Describe = (db: Db, run: Run, change: Change) => Promise<Omit<BeforeAction, 'event'>>;

/** Of what is in a conversation, whose service the resource does not name. */
function inConversation<R extends { conversationSid: string }>(parametersOf: (resource: R) => Parameter[]): Describe {
  return async (db, { actor }, { shown }) => ({
    service: await serviceOf(db, actor, shown.conversationSid),
    parameters: parametersOf(shown),
  });
}

const describers: Record<BeforeEvent, Describe> = {
  onConversationAdd: async (db, run, { value, shown, events }) => {
    const messagingService =
      run.actor.kind === 'user'
        ? (value as ConversationsTable).messaging_service_sid
        : (await loadAccount(db, run.actor.account)).default_messaging_service_sid;
    const { sid, serviceSid } = shown as ConversationResource;
    const message = events.find(({ type }) => type === 'message.added');
    const first = message && dataOf(message, 'message.added');
    return {
      service: serviceSid,
      parameters: conversationAdd(shown, messagingService, bindingOf(sid, events), first),
    };
  },
  onConversationUpdate: async (_db, _run, { value, shown }) => ({
    service: (shown as ConversationResource).serviceSid,
    parameters: conversationChange(shown, (value as ConversationsTable).messaging_service_sid),
  }),
  onConversationRemove: async (db, _run, { shown }) => {
    const { sid, serviceSid } = shown as ConversationResource;
    const row = await db.first(placeOf, { conversation: sid });
    return { service: serviceSid, parameters: conversationChange(shown, row?.messaging_service_sid ?? '') };
  },
  onMessageAdd: inConversation<MessageResource>(messageAdd),
  onMessageUpdate: inConversation<MessageResource>(messageChange),
  onMessageRemove: inConversation<MessageResource>(messageChange),
  onParticipantAdd: inConversation<ParticipantResource>(participantAdd),
  onParticipantUpdate: inConversation<ParticipantResource>(participantChange),
  onParticipantRemove: inConversation<ParticipantResource>(participantChange),
  onUserUpdate: async (_db, _run, { shown }) => ({
    service: (shown as UserResource).serviceSid,
    parameters: userUpdate(shown),
  }),
};

/** Where a change in a conversation belongs: a user's is in the service of his token. */
async function serviceOf(db: Db, actor: Actor, conversation: string): Promise<string> {
  if (actor.kind === 'user') return actor.service;
  const row = await db.first(placeOf, { conversation });
  if (!row) throw new Error(`No conversation ${conversation}.`);
  return row.service_sid;
}

const placeOf = prepare((sql, p: { conversation: string }) =>
  sql.selectFrom('conversations').select(['service_sid', 'messaging_service_sid']).where('sid', '=', p.conversation),
);
