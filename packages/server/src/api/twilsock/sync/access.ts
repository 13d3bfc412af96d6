/** What of a user's objects there is, and whether he may see it: told from what it shows. */
import type { UserActor } from '../../../core/actor.ts';
import { loadConversation } from '../../../core/conversations/actions.ts';
import type { Core } from '../../../core/core.ts';
import { findParticipant } from '../../../core/participants/actions.ts';
import { type FormerMembership, formerMembership } from '../../../core/participants/former.ts';
import { Refusal } from '../../../core/refusal.ts';
import { findUser } from '../../../core/users/actions.ts';
import type { ConversationsTable, ParticipantsTable, UsersTable } from '../../../storage/schema.ts';

export interface SeenConversation {
  row: ConversationsTable;
  /** Undefined: he sees it without being in it. */
  participant: ParticipantsTable | undefined;
}

/** @returns undefined when there is none, or none for him */
export async function seenConversation(
  core: Core,
  actor: UserActor,
  sid: string,
): Promise<SeenConversation | undefined> {
  try {
    const { row } = await loadConversation(core.db, actor, actor.service, sid);
    return { row, participant: await findParticipant(core.db, row.sid, actor.identity) };
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/**
 * A conversation that was his until a moment ago. A client that has read of it in a list opens it next; if it cannot,
 * it gives up the whole list (reference: docs/reference/official-sdk.md). So it is still there, with nobody and nothing
 * in it, until the client hears that it is gone.
 */
export async function seenLately(
  { core, actor }: { core: Core; actor: UserActor },
  sid: string,
): Promise<FormerMembership | undefined> {
  return formerMembership(core.db, actor, sid, core.clock.now());
}

/** Users of a service may know of each other. */
export function seenUser(core: Core, actor: UserActor, sid: string): Promise<UsersTable | undefined> {
  return findUser(core.db, actor.service, sid);
}
