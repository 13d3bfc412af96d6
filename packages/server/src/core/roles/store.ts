import type { Db } from '../../storage/db.ts';
import type { RolesTable } from '../../storage/schema.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';

/** Oldest first. */
export function selectRoles(db: Db, service: string, request: PageRequest): Promise<Page<RolesTable>> {
  const query = db.sql.selectFrom('roles').selectAll().where('service_sid', '=', service);
  return fetchPage(query, [{ column: 'sid', order: 'asc' }], request);
}

export async function insertRole(tx: Transaction, row: RolesTable): Promise<void> {
  await tx.sql.insertInto('roles').values(row).execute();
}

export async function updateRoleRow(tx: Transaction, row: RolesTable): Promise<void> {
  const { sid, permissions, date_updated } = row;
  await tx.sql.updateTable('roles').set({ permissions, date_updated }).where('sid', '=', sid).execute();
}

export async function deleteRoleRow(tx: Transaction, sid: string): Promise<void> {
  await tx.sql.deleteFrom('roles').where('sid', '=', sid).execute();
}

/** Does a user or a participant have the role? One look into an index. */
export async function isRoleInUse(tx: Transaction, role: RolesTable): Promise<boolean> {
  const holder = await tx.sql
    .selectFrom(role.type === 'service' ? 'users' : 'participants')
    .select('sid')
    .where('role_sid', '=', role.sid)
    .limit(1)
    .executeTakeFirst();
  return holder !== undefined;
}
