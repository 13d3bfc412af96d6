import type { ConversationsTable, ParticipantsTable, ServicesTable } from '../../storage/schema.ts';
import type { Actor } from '../actor.ts';
import { reloadConversation } from '../conversations/store.ts';
import type { Transaction } from '../transaction.ts';
import { type AddParticipant, admit } from './add.ts';
import { regroup, selectBound } from './group.ts';
import type { ParticipantShape } from './shape.ts';

/** Somebody who is added, as `admit` wants to know him. */
export interface Newcomer {
  shape: ParticipantShape;
  input: Pick<AddParticipant, 'attributes' | 'role'>;
}

/**
 * Adds the first participants of a conversation. Whether they make a group is looked at when all of them are in it: some
 * of them may be another group that there is already.
 *
 * @returns the conversation as it is then, and the participants in the order of the newcomers
 */
export async function admitAll(
  tx: Transaction,
  actor: Actor,
  service: ServicesTable,
  sid: string,
  newcomers: readonly Newcomer[],
): Promise<{ conversation: ConversationsTable; participants: ParticipantsTable[] }> {
  const participants: ParticipantsTable[] = [];
  for (const { shape, input } of newcomers) {
    const now = await reloadConversation(tx, sid);
    participants.push(await admit(tx, actor, service, now, shape, input, { grouped: 'later' }));
  }
  const conversation = await reloadConversation(tx, sid);
  const after = await selectBound(tx, sid);
  await regroup(tx, conversation, { before: [], after, plainChat: conversation.participant_count - after.length });
  return { conversation, participants };
}
