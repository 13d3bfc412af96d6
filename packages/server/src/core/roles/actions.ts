import { conversationPermissions, servicePermissions } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { RolesTable } from '../../storage/schema.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { requireService } from '../access/standing.ts';
import { lockedRole, roleInService } from '../access/store.ts';
import { defineCommand } from '../command.ts';
import type { Page, PageRequest } from '../paging.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { deleteRoleRow, insertRole, isRoleInUse, selectRoles, updateRoleRow } from './store.ts';

export interface CreateRole {
  service: string;
  friendlyName: string;
  /** `conversation` or `service`. */
  type: string;
  /** At least one, each of that type. */
  permissions: readonly string[];
}

export const createRole = defineCommand({
  name: 'roles.create',
  orderKey: (input: CreateRole) => input.service,
  run: async (tx, actor, input: CreateRole): Promise<RolesTable> => {
    requireBackEnd(actor);
    const service = await requireService(tx, actor, input.service);
    if (input.friendlyName === '') throw refuse(20002);
    const { roleFriendlyName: limit } = tx.limits;
    if (input.friendlyName.length > limit) throw refuse(50003, { limit });
    const row: RolesTable = {
      sid: tx.newSid('RL'),
      account_sid: service.account_sid,
      service_sid: service.sid,
      friendly_name: input.friendlyName,
      type: input.type,
      permissions: checkPermissions(input.type, input.permissions),
      date_created: tx.now,
      date_updated: tx.now,
    };
    await insertRole(tx, row);
    return row;
  },
});

/** Contract: a permission belongs to a type of role, and a role has at least one. As JSON, each once. */
function checkPermissions(type: string, permissions: readonly string[]): string {
  const known: readonly string[] | undefined = permissionsByType.get(type);
  if (!known) throw refuse(50105);
  if (permissions.length === 0) throw refuse(20001, { parameter: 'Permission' });
  const unknown = permissions.find((permission) => !known.includes(permission));
  if (unknown !== undefined) throw refuse(50104, { permission: unknown.slice(0, 64) });
  return JSON.stringify([...new Set(permissions)]);
}

const permissionsByType = new Map<string, readonly string[]>([
  ['conversation', conversationPermissions],
  ['service', servicePermissions],
]);

export interface UpdateRole {
  service: string;
  role: string;
  permissions: readonly string[];
}

/** Replaces the permissions, from now on for everyone who has the role. Nothing else of a role changes. */
export const updateRole = defineCommand({
  name: 'roles.update',
  orderKey: (input: UpdateRole) => input.service,
  run: async (tx, actor, input: UpdateRole): Promise<RolesTable> => {
    requireBackEnd(actor);
    const service = await requireService(tx, actor, input.service);
    const row = await loadRole(tx, service.sid, input.role);
    const updated = { ...row, permissions: checkPermissions(row.type, input.permissions), date_updated: tx.now };
    await updateRoleRow(tx, updated);
    return updated;
  },
});

/** Only a role that the service does not give and nobody has. */
export const deleteRole = defineCommand({
  name: 'roles.delete',
  orderKey: (input: { service: string; role: string }) => input.service,
  run: async (tx, actor, input: { service: string; role: string }) => {
    requireBackEnd(actor);
    const { sid } = await requireService(tx, actor, input.service);
    const row = await tx.first(lockedRole, { service: sid, role: input.role });
    if (!row) throw refuse(50100);
    // Read again: somebody who held the role may have made it a default.
    const service = await requireService(tx, actor, sid);
    const defaults = [
      service.default_conversation_creator_role_sid,
      service.default_conversation_role_sid,
      service.default_chat_service_role_sid,
    ];
    if (defaults.includes(row.sid)) throw refuse(20409, { reason: 'the role is a default of the service' });
    if (await isRoleInUse(tx, row)) throw refuse(20409, { reason: 'the role is in use' });
    await deleteRoleRow(tx, row.sid);
    return {};
  },
});

async function loadRole(tx: Transaction, service: string, role: string): Promise<RolesTable> {
  const row = await findRole(tx, service, role);
  if (!row) throw refuse(50100);
  return row;
}

export function findRole(db: Db, service: string, role: string): Promise<RolesTable | undefined> {
  return db.first(roleInService, { service, role });
}

export function listRoles(db: Db, service: string, request: PageRequest): Promise<Page<RolesTable>> {
  return selectRoles(db, service, request);
}
