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

/** Closed is final; while a conversation initializes, only the server works on it. */
export function requireOpen(conversation: Pick<ConversationsTable, 'state'>): void {
  if (conversation.state === 'closed') throw refuse(50377);
  if (conversation.state === 'initializing') throw refuse(50386);
}
