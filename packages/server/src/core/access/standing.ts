/**
 * What a user may do: the one place where roles are read. A user has the permissions of his service role
 * everywhere and those of his participant's role in that conversation (contract: "Role Resource"). Back ends
 * and the server itself are not checked against roles.
 */
import type { Permission } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { ConversationsTable, RolesTable, ServicesTable } from '../../storage/schema.ts';
import type { Actor, UserActor } from '../actor.ts';
import { refuse } from '../refusal.ts';
import {
  roleInService,
  rolePermissions,
  rolesInConversations,
  rolesInSharedConversations,
  serviceBySid,
  standingOf,
  userPermissions,
} from './store.ts';

type Permissions = ReadonlySet<string>;

const parsed = new Map<string, Permissions>();
const nothing: Permissions = new Set();

// Roles are few and read for each message.
function parsePermissions(json: string): Permissions {
  let set = parsed.get(json);
  if (!set) {
    if (parsed.size > 1000) parsed.clear();
    set = new Set(JSON.parse(json) as string[]);
    parsed.set(json, set);
  }
  return set;
}

/** Service-wide permissions over conversations of others: whoever has one of them sees every conversation. */
const administrative: readonly Permission[] = [
  'addParticipant',
  'removeParticipant',
  'deleteConversation',
  'editConversationName',
  'editConversationAttributes',
  'editAnyMessage',
  'editAnyMessageAttributes',
  'deleteAnyMessage',
];

/** What of a conversation it takes to tell. */
export type StandingIn = Pick<ConversationsTable, 'sid' | 'created_by' | 'creator_awaited'>;

/** A user's standing in one conversation. */
export interface Standing {
  /** SID of his participant; null when he is not in it. */
  participant: string | null;
  /** Does the conversation exist for him at all? */
  sees: boolean;
  /** He made it and has not joined it yet. */
  awaitedCreator: boolean;
  may(permission: Permission): boolean;
}

export async function servicePermissionsOf(db: Db, actor: UserActor): Promise<Permissions> {
  const row = await db.first(userPermissions, { user: actor.user });
  // No row: the user was deleted while connected.
  return row ? parsePermissions(row.permissions) : nothing;
}

export async function standingIn(db: Db, actor: UserActor, conversation: StandingIn): Promise<Standing> {
  const row = await db.first(standingOf, { conversation: conversation.sid, user: actor.user });
  const participant = row?.participant ?? null;
  const everywhere = row ? parsePermissions(row.everywhere) : nothing;
  const awaitedCreator =
    participant === null && conversation.creator_awaited === 1 && conversation.created_by === actor.identity;
  let here = row?.here ? parsePermissions(row.here) : nothing;
  if (awaitedCreator) here = await creatorPermissions(db, actor);
  return {
    participant,
    awaitedCreator,
    sees: participant !== null || awaitedCreator || administrative.some((one) => everywhere.has(one)),
    may: (permission) => here.has(permission) || everywhere.has(permission),
  };
}

/** Of somebody who is in the conversation, from what was read of many at once. */
export function standingOfParticipant(row: { participant: string; here: string | null; everywhere: string }): Standing {
  const here = row.here ? parsePermissions(row.here) : nothing;
  const everywhere = parsePermissions(row.everywhere);
  return {
    participant: row.participant,
    awaitedCreator: false,
    sees: true,
    may: (permission) => here.has(permission) || everywhere.has(permission),
  };
}

async function creatorPermissions(db: Db, actor: UserActor): Promise<Permissions> {
  const service = await db.first(serviceBySid, { account: actor.account, service: actor.service });
  if (!service) return nothing;
  const role = await db.first(rolePermissions, { role: service.default_conversation_creator_role_sid });
  return role ? parsePermissions(role.permissions) : nothing;
}

/** Refuses unless the user may; everyone who is not a user may. */
export function requirePermission(standing: Standing | undefined, ...anyOf: Permission[]): void {
  if (standing && !anyOf.some((permission) => standing.may(permission))) {
    throw refuse(50107, { permission: anyOf.join(' or ') });
  }
}

/**
 * Refuses unless the actor may change what a user says of himself. A role in a conversation that allows it, does so
 * for everyone in that conversation: a user is the same in all of them.
 */
export async function requireMayEditUser(db: Db, actor: Actor, user: string): Promise<void> {
  if (actor.kind !== 'user') return;
  const own = user === actor.user;
  const anyOf: Permission[] = own ? ['editOwnUserInfo', 'editAnyUserInfo'] : ['editAnyUserInfo'];
  const everywhere = await servicePermissionsOf(db, actor);
  if (anyOf.some((permission) => everywhere.has(permission))) return;
  const roles = own
    ? await db.all(rolesInConversations, { user })
    : await db.all(rolesInSharedConversations, { user: actor.user, other: user });
  for (const { permissions } of roles) {
    if (anyOf.some((permission) => parsePermissions(permissions).has(permission))) return;
  }
  throw refuse(50107, { permission: anyOf.join(' or ') });
}

/** The standing of a user, undefined for others; a conversation that the user does not see is not found. */
export async function requireSeen(db: Db, actor: Actor, conversation: StandingIn): Promise<Standing | undefined> {
  if (actor.kind !== 'user') return undefined;
  const standing = await standingIn(db, actor, conversation);
  if (!standing.sees) throw refuse(50350);
  return standing;
}

/** The service, if it is the actor's account's and, for a user, the one of his token. */
export async function requireService(db: Db, actor: Actor, service: string): Promise<ServicesTable> {
  const row = await db.first(serviceBySid, { account: actor.account, service });
  if (!row || (actor.kind === 'user' && actor.service !== service)) throw refuse(50050);
  return row;
}

/** The role, if it is of that service and that type. */
export async function requireRole(
  db: Db,
  service: string,
  role: string,
  type: 'conversation' | 'service',
): Promise<RolesTable> {
  const row = await db.first(roleInService, { service, role });
  if (!row) throw refuse(50100);
  if (row.type !== type) throw refuse(50105);
  return row;
}
