import type { Db } from '../../storage/db.ts';
import type { ServicesTable } from '../../storage/schema.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';

/** Oldest first. */
export function selectServices(db: Db, account: string, request: PageRequest): Promise<Page<ServicesTable>> {
  const query = db.sql.selectFrom('services').selectAll().where('account_sid', '=', account);
  return fetchPage(query, [{ column: 'sid', order: 'asc' }], request);
}

export async function updateServiceRow(tx: Transaction, row: ServicesTable): Promise<void> {
  const { sid, ...rest } = row;
  await tx.sql.updateTable('services').set(rest).where('sid', '=', sid).execute();
}

/** The service with its roles; nothing else may be left in it. */
export async function deleteServiceRow(tx: Transaction, sid: string): Promise<void> {
  await tx.sql.deleteFrom('roles').where('service_sid', '=', sid).execute();
  await tx.sql.deleteFrom('services').where('sid', '=', sid).execute();
}

export function selectSomeConversations(tx: Transaction, service: string, limit: number) {
  return tx.sql.selectFrom('conversations').selectAll().where('service_sid', '=', service).limit(limit).execute();
}

export function selectSomeUsers(tx: Transaction, service: string, limit: number) {
  return tx.sql.selectFrom('users').selectAll().where('service_sid', '=', service).limit(limit).execute();
}
