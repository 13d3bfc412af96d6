import type { Db } from '../../storage/db.ts';
import type { ReceiptsTable } from '../../storage/schema.ts';
import type { Page, PageRequest } from '../paging.ts';
import { selectReceipt, selectReceipts } from './store.ts';

/** The receipts of a message, one for each participant outside chat who gets a copy. */
export function listReceipts(db: Db, message: string, request: PageRequest): Promise<Page<ReceiptsTable>> {
  return selectReceipts(db, message, request);
}

/** A receipt of that message. */
export async function findReceipt(db: Db, message: string, sid: string): Promise<ReceiptsTable | undefined> {
  const row = await selectReceipt(db, sid);
  return row?.message_sid === message ? row : undefined;
}
