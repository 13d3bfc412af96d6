import { isSid } from '@colloquy/protocol';
import type { Kysely } from 'kysely';
import { type Db, prepareHolding, prepareLocking } from '../../storage/db.ts';
import type { AddressConfigurationsTable } from '../../storage/schema/addresses.ts';
import type { Schema } from '../../storage/schema.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';
import { addressesMeantBy } from './address.ts';

const bySid = prepareLocking((sql, p: { account: string; sid: string }) =>
  sql.selectFrom('address_configurations').selectAll().where('sid', '=', p.sid).where('account_sid', '=', p.account),
);

const ofAddress = (sql: Kysely<Schema>, p: { account: string; address: string }) =>
  sql
    .selectFrom('address_configurations')
    .selectAll()
    .where('account_sid', '=', p.account)
    .where('address', '=', p.address);
const byAddress = prepareLocking(ofAddress);
const heldByAddress = prepareHolding(ofAddress);

/** Of an address in canonical form; for whoever goes by it and leaves it as it is. */
export function holdByAddress(
  tx: Transaction,
  account: string,
  address: string,
): Promise<AddressConfigurationsTable | undefined> {
  return tx.first(heldByAddress, { account, address });
}

/** Of an address in canonical form. */
export function selectByAddress(
  db: Db,
  account: string,
  address: string,
): Promise<AddressConfigurationsTable | undefined> {
  return db.first(byAddress, { account, address });
}

/** By SID, or by the address in any spelling. */
export async function selectConfiguration(
  db: Db,
  account: string,
  ref: string,
): Promise<AddressConfigurationsTable | undefined> {
  if (isSid(ref, 'IG')) return db.first(bySid, { account, sid: ref });
  for (const address of addressesMeantBy(ref)) {
    const row = await selectByAddress(db, account, address);
    if (row) return row;
  }
  return undefined;
}

/** Oldest first. */
export function selectConfigurations(
  db: Db,
  account: string,
  type: string | undefined,
  request: PageRequest,
): Promise<Page<AddressConfigurationsTable>> {
  let query = db.sql.selectFrom('address_configurations').selectAll().where('account_sid', '=', account);
  if (type !== undefined) query = query.where('type', '=', type);
  return fetchPage(query, [{ column: 'sid', order: 'asc' }], request);
}

export async function insertConfiguration(tx: Transaction, row: AddressConfigurationsTable): Promise<void> {
  await tx.sql.insertInto('address_configurations').values(row).execute();
}

export async function updateConfiguration(tx: Transaction, row: AddressConfigurationsTable): Promise<void> {
  const { sid, ...rest } = row;
  await tx.sql.updateTable('address_configurations').set(rest).where('sid', '=', sid).execute();
}

export async function deleteConfiguration(tx: Transaction, sid: string): Promise<void> {
  await tx.sql.deleteFrom('address_configurations').where('sid', '=', sid).execute();
}
