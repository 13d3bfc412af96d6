import type { ConversationsTable } from '../../storage/schema.ts';
import { requirePermission, type Standing, servicePermissionsOf } from '../access/standing.ts';
import type { Actor } from '../actor.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import type { UpdateConversation } from './input.ts';

export async function requireMayCreate(tx: Transaction, actor: Actor): Promise<void> {
  if (actor.kind !== 'user') return;
  if (!(await servicePermissionsOf(tx, actor)).has('createConversation')) {
    throw refuse(50107, { permission: 'createConversation' });
  }
}

export function requireMayUpdate(standing: Standing | undefined, change: UpdateConversation): void {
  if (!standing) return;
  // Even a change of nothing would move the time of its last change.
  if (change.friendlyName === undefined && change.uniqueName === undefined && change.attributes === undefined) {
    throw refuse(50347);
  }
  if (change.friendlyName !== undefined || change.uniqueName !== undefined) {
    requirePermission(standing, 'editConversationName');
  }
  if (change.attributes !== undefined) requirePermission(standing, 'editConversationAttributes');
}

/**
 * What the state of a conversation forbids. Closed is final: no change of any kind, of its participants and messages
 * neither; while it initializes, only the server works on it (behaviour reference, section 8). Every change asks
 * here. Reading goes on, and so does removing what must be removable at any time: the conversation, its webhooks,
 * its users. The table of it is in `api/states.test.ts`.
 */
export function requireOpen(conversation: Pick<ConversationsTable, 'state'>): void {
  if (conversation.state === 'closed') throw refuse(50377);
  if (conversation.state === 'initializing') throw refuse(50386);
}
