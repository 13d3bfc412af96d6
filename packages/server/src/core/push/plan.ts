import type { PushMessageType } from '@colloquy/protocol';
import type { ConversationsTable, MessagesTable, ParticipantsTable } from '../../storage/schema.ts';
import type { Actor } from '../actor.ts';
import { insertWork } from '../outbox/add.ts';
import { participantOfUser } from '../participants/store.ts';
import type { Transaction } from '../transaction.ts';
import { hasPushBinding } from './bindings.ts';
import { filesOf } from './files.ts';
import { ofMedia, ofText } from './notified.ts';
import { findPushSettings } from './settings.ts';

/** The kind of outbox work that notifies devices. */
export const pushWork = 'push';

/** What devices are to be notified of. Whom and in which words is found out when it is done. */
export interface PushEvent {
  /** The same over all attempts: push services and devices know a repetition by it. */
  id: string;
  kind: PushMessageType;
  service: string;
  conversation: string;
  /** Of the event, in the conversation's stream. */
  position: number;
  /** SID, of a new message. */
  message: string | null;
  /** SID of the user whom it concerns; null: all who read along. */
  user: string | null;
  /** Who did it: an identity, an address, or `system`. */
  by: string;
  bySid: string | null;
  /** From when on it counts how long it is tried; milliseconds. */
  since: number;
}

/** What the outbox row of an event holds. */
export interface PushPayload extends PushEvent {
  /** Devices up to this one are done: participant and binding, in their order. */
  after?: { participant: string; binding: string };
  /** These devices only, of those that could not be reached before: SIDs of bindings. */
  targets?: string[];
}

/** Events of a conversation are notified of one after the other, a page of devices at a time. */
export function pushLane(conversation: string): string {
  return `${conversation}/push`;
}

/**
 * Leaves one piece of outbox work for a new message, however many devices there are to notify.
 *
 * @param notified what `notifiedMessages` gave
 */
export async function planMessagePush(
  tx: Transaction,
  conversation: Pick<ConversationsTable, 'service_sid'>,
  message: MessagesTable,
  notified: number,
): Promise<void> {
  if (!(notified & (filesOf(message).length === 0 ? ofText : ofMedia))) return;
  await insertEvent(tx, {
    kind: 'new_message',
    service: conversation.service_sid,
    conversation: message.conversation_sid,
    position: message.created_position,
    message: message.sid,
    user: null,
    by: message.author,
    bySid: message.participant_sid,
  });
}

/** Who comes or goes by himself knows it; who is brought in or taken out by somebody else is notified. */
export async function planMembershipPush(
  tx: Transaction,
  actor: Actor,
  kind: 'added_to_conversation' | 'removed_from_conversation',
  participant: ParticipantsTable,
  position: number,
): Promise<void> {
  const user = participant.user_sid;
  if (user === null || (actor.kind === 'user' && actor.user === user)) return;
  const settings = await findPushSettings(tx, participant.service_sid);
  const enabled = kind === 'added_to_conversation' ? settings?.added_enabled : settings?.removed_enabled;
  if (enabled !== 1 || !(await hasPushBinding(tx, user))) return;
  const conversation = participant.conversation_sid;
  const doer =
    actor.kind === 'user' ? await tx.first(participantOfUser, { user: actor.user, conversation }) : undefined;
  await insertEvent(tx, {
    kind,
    service: participant.service_sid,
    conversation,
    position,
    message: null,
    user,
    by: actor.kind === 'user' ? actor.identity : 'system',
    bySid: doer?.sid ?? null,
  });
}

async function insertEvent(tx: Transaction, event: Omit<PushEvent, 'id' | 'since'>): Promise<void> {
  const id = `push:${event.conversation}:${event.position}`;
  const payload: PushPayload = { id, since: tx.now, ...event };
  const lane = pushLane(event.conversation);
  await insertWork(tx, { id, kind: pushWork, lane, seq: event.position, payload: JSON.stringify(payload) });
}
