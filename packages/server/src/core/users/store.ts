import { isSid } from '@colloquy/protocol';
import { type Db, prepareLocking } from '../../storage/db.ts';
import type { UsersTable } from '../../storage/schema.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';

const bySid = prepareLocking((sql, p: { service: string; sid: string }) =>
  sql.selectFrom('users').selectAll().where('sid', '=', p.sid).where('service_sid', '=', p.service),
);

const byIdentity = prepareLocking((sql, p: { service: string; identity: string }) =>
  sql.selectFrom('users').selectAll().where('service_sid', '=', p.service).where('identity', '=', p.identity),
);

/** By SID or identity; neither can have the form of the other. */
export function selectUser(db: Db, service: string, ref: string): Promise<UsersTable | undefined> {
  return isSid(ref, 'US') ? db.first(bySid, { service, sid: ref }) : db.first(byIdentity, { service, identity: ref });
}

const heldBySid = prepareLocking((sql, p: { sid: string }) =>
  sql.selectFrom('users').select('sid').where('sid', '=', p.sid),
);

/** Holds the user: what waits to be told of him changes one after the other. */
export async function lockUser(tx: Transaction, sid: string): Promise<void> {
  await tx.first(heldBySid, { sid });
}

/** Oldest first. */
export function selectUsers(db: Db, service: string, request: PageRequest): Promise<Page<UsersTable>> {
  const query = db.sql.selectFrom('users').selectAll().where('service_sid', '=', service);
  return fetchPage(query, [{ column: 'sid', order: 'asc' }], request);
}

export async function insertUser(tx: Transaction, row: UsersTable): Promise<void> {
  await tx.sql.insertInto('users').values(row).execute();
}

export async function updateUserRow(tx: Transaction, row: UsersTable): Promise<void> {
  const { sid, head: _head, ...rest } = row;
  await tx.sql.updateTable('users').set(rest).where('sid', '=', sid).execute();
}

export async function deleteUserRow(tx: Transaction, sid: string): Promise<void> {
  await tx.sql.deleteFrom('users').where('sid', '=', sid).execute();
}

export function selectConversationsOf(
  tx: Transaction,
  user: string,
  limit: number,
): Promise<{ conversation_sid: string }[]> {
  return tx.sql
    .selectFrom('participants')
    .select('conversation_sid')
    .where('user_sid', '=', user)
    .orderBy('conversation_sid')
    .limit(limit)
    .execute();
}
