import type { Permission } from '@colloquy/protocol';
import type { MessagesTable } from '../../storage/schema.ts';
import { requirePermission, type Standing } from '../access/standing.ts';
import type { Actor } from '../actor.ts';
import { refuse } from '../refusal.ts';

/**
 * Only participants write; what a service role allows does not make one a participant. Text takes one permission,
 * media take another, which `requireMedia` asks for.
 */
export function requireMaySend(
  standing: Standing | undefined,
  message: { body?: string | undefined; contentSid?: string | undefined; media?: readonly string[] | undefined },
): void {
  if (!standing) return;
  if (!standing.participant) throw refuse(50430);
  const mediaAlone = !message.body && message.contentSid === undefined && message.media && message.media.length > 0;
  if (!mediaAlone) requirePermission(standing, 'sendMessage');
}

export function requireMayEdit(
  actor: Actor,
  standing: Standing | undefined,
  message: MessagesTable,
  change: { body?: unknown; attributes?: unknown },
): void {
  // Even a change of nothing would say that he changed it, and when.
  if (standing && change.body === undefined && change.attributes === undefined) throw refuse(50347);
  const may = ownOrAny(actor, message);
  if (change.body !== undefined) requirePermission(standing, ...may('editOwnMessage', 'editAnyMessage'));
  if (change.attributes !== undefined) {
    requirePermission(standing, ...may('editOwnMessageAttributes', 'editAnyMessageAttributes'));
  }
}

export function requireMayRemove(actor: Actor, standing: Standing | undefined, message: MessagesTable): void {
  requirePermission(standing, ...ownOrAny(actor, message)('deleteOwnMessage', 'deleteAnyMessage'));
}

function ownOrAny(actor: Actor, message: MessagesTable): (own: Permission, any: Permission) => Permission[] {
  const own = actor.kind === 'user' && message.author === actor.identity;
  return (ownPermission, anyPermission) => (own ? [ownPermission, anyPermission] : [anyPermission]);
}
