import type { Sid } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { UsersTable } from '../../storage/schema.ts';
import { requireMayEditUser, requireRole, requireService } from '../access/standing.ts';
import { checkAttributes, checkFriendlyName, checkIdentity } from '../checks.ts';
import { defineCommand } from '../command.ts';
import { appendEvent, nextPosition } from '../log.ts';
import type { Page, PageRequest } from '../paging.ts';
import { refuse } from '../refusal.ts';
import { defaultRole } from '../roles/default-role.ts';
import { addUser, ensureUser } from './ensure.ts';
import { reachableResource } from './resource.ts';
import { selectUser, selectUsers, updateUserRow } from './store.ts';

export { deleteUser, removeUser } from './remove.ts';

export interface CreateUser {
  service: string;
  identity: string;
  friendlyName?: string | undefined;
  attributes?: string | undefined;
  role?: string | undefined;
}

export const createUser = defineCommand({
  name: 'users.create',
  orderKey: (input: CreateUser) => input.service,
  run: async (tx, actor, input: CreateUser): Promise<UsersTable> => {
    const service = await requireService(tx, actor, input.service);
    const identity = checkIdentity(input.identity, tx.limits);
    const friendlyName = checkFriendlyName(input.friendlyName, tx.limits);
    const attributes = checkAttributes(input.attributes, tx.limits.userAttributesBytes);
    if (input.role) await requireRole(tx, service.sid, input.role, 'service');
    if (await selectUser(tx, service.sid, identity)) throw refuse(50201);
    return addUser(tx, service, {
      identity,
      friendlyName,
      attributes,
      role: input.role ?? (await defaultRole(tx, service, 'default_chat_service_role_sid')),
    });
  },
});

/** The user of an access token; made at the first connection, named after the identity then. */
export const connectUser = defineCommand({
  name: 'users.connect',
  orderKey: (input: { service: string; identity: string; role?: string | undefined }) => input.service,
  run: async (tx, actor, input: { service: string; identity: string; role?: string | undefined }) => {
    const service = await requireService(tx, actor, input.service);
    if (input.role) await requireRole(tx, service.sid, input.role, 'service');
    return ensureUser(tx, service, input.identity, input.identity, input.role);
  },
});

export interface UpdateUser {
  service: string;
  /** SID or identity. */
  user: string;
  friendlyName?: string | null | undefined;
  attributes?: string | undefined;
  role?: string | undefined;
}

export const updateUser = defineCommand({
  name: 'users.update',
  orderKey: (input: UpdateUser) => input.service,
  run: async (tx, actor, input: UpdateUser): Promise<UsersTable> => {
    const service = await requireService(tx, actor, input.service);
    const row = await requireUser(tx, service.sid, input.user);
    await requireMayEditUser(tx, actor, row.sid);
    if (input.role !== undefined) {
      if (actor.kind === 'user') throw refuse(50107, { permission: 'to set roles, which only back ends have' });
      await requireRole(tx, service.sid, input.role, 'service');
    }
    const updated: UsersTable = {
      ...row,
      friendly_name:
        input.friendlyName === undefined ? row.friendly_name : checkFriendlyName(input.friendlyName, tx.limits),
      attributes:
        input.attributes === undefined
          ? row.attributes
          : checkAttributes(input.attributes, tx.limits.userAttributesBytes),
      role_sid: input.role ?? row.role_sid,
      date_updated: tx.now,
      position: await nextPosition(tx, row.sid),
    };
    await updateUserRow(tx, updated);
    const resource = await reachableResource(tx, updated);
    await appendEvent(tx, row.sid as Sid<'US'>, updated.position, 'user.updated', resource);
    return updated;
  },
});

async function requireUser(db: Db, service: string, ref: string): Promise<UsersTable> {
  const row = await selectUser(db, service, ref);
  if (!row) throw refuse(50200);
  return row;
}

/** By SID or identity. */
export function findUser(db: Db, service: string, ref: string): Promise<UsersTable | undefined> {
  return selectUser(db, service, ref);
}

export function listUsers(db: Db, service: string, request: PageRequest): Promise<Page<UsersTable>> {
  return selectUsers(db, service, request);
}
