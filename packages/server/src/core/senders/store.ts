import { type Db, prepare } from '../../storage/db.ts';
import type { SendersTable } from '../../storage/schema/senders.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';

/** A sender with its own addresses. */
export interface Sender extends SendersTable {
  addresses: string[];
}

/**
 * A sender as commands answer with it: what they answer is kept for a day with an idempotency key, and no secret belongs
 * there, not even a sealed one.
 */
export type ShownSender = Omit<Sender, 'secrets'>;

async function withAddresses(db: Db, rows: readonly SendersTable[]): Promise<Sender[]> {
  if (rows.length === 0) return [];
  const sids = rows.map((row) => row.sid);
  const addresses = await db.sql
    .selectFrom('sender_addresses')
    .selectAll()
    .where('sender_sid', 'in', sids)
    .orderBy('address')
    .execute();
  return rows.map((row) => ({
    ...row,
    addresses: addresses.filter((one) => one.sender_sid === row.sid).map((one) => one.address),
  }));
}

export async function findSender(db: Db, account: string, sid: string): Promise<Sender | undefined> {
  const row = await db.sql
    .selectFrom('senders')
    .selectAll()
    .where('sid', '=', sid)
    .where('account_sid', '=', account)
    .executeTakeFirst();
  return row && (await withAddresses(db, [row]))[0];
}

/** Oldest first. */
export async function listSenders(db: Db, account: string, request: PageRequest): Promise<Page<Sender>> {
  const query = db.sql.selectFrom('senders').selectAll().where('account_sid', '=', account);
  const page = await fetchPage(query, [{ column: 'sid', order: 'asc' }], request);
  return { ...page, items: await withAddresses(db, page.items) };
}

/** All of them: there are as many as somebody configured by hand. */
export async function allSenders(db: Db, account: string): Promise<Sender[]> {
  const rows = await db.sql
    .selectFrom('senders')
    .selectAll()
    .where('account_sid', '=', account)
    .orderBy('sid')
    .execute();
  return withAddresses(db, rows);
}

export async function replaceAddresses(
  tx: Transaction,
  { account_sid, sid, addresses }: Pick<Sender, 'account_sid' | 'sid' | 'addresses'>,
): Promise<void> {
  await tx.sql.deleteFrom('sender_addresses').where('sender_sid', '=', sid).execute();
  for (const address of addresses) {
    await tx.sql.insertInto('sender_addresses').values({ account_sid, address, sender_sid: sid }).execute();
  }
}

const ownerOf = prepare((sql, p: { account: string; address: string }) =>
  sql
    .selectFrom('sender_addresses')
    .select('sender_sid')
    .where('account_sid', '=', p.account)
    .where('address', '=', p.address),
);

/** The sender that has this own address. */
export async function senderOfAddress(db: Db, account: string, address: string): Promise<string | undefined> {
  return (await db.first(ownerOf, { account, address }))?.sender_sid;
}

export async function readNote(db: Db, sender: string, name: string): Promise<string | undefined> {
  const row = await db.sql
    .selectFrom('sender_notes')
    .select('value')
    .where('sender_sid', '=', sender)
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.value;
}

/** In the order of their names. */
export function readNotes(db: Db, sender: string, prefix: string): Promise<{ name: string; value: string }[]> {
  return (
    db.sql
      .selectFrom('sender_notes')
      .select(['name', 'value'])
      .where('sender_sid', '=', sender)
      .where('name', '>=', prefix)
      // The highest character that there is comes after every name that begins so.
      .where('name', '<', `${prefix}\u{10ffff}`)
      .orderBy('name')
      .execute()
  );
}
