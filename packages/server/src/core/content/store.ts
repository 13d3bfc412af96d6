import { type Db, prepare } from '../../storage/db.ts';
import type { ContentApprovalsTable, ContentTemplatesTable } from '../../storage/schema/content.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';

const bySid = prepare((sql, p: { account: string; sid: string }) =>
  sql.selectFrom('content_templates').selectAll().where('sid', '=', p.sid).where('account_sid', '=', p.account),
);

export function selectTemplate(db: Db, account: string, sid: string): Promise<ContentTemplatesTable | undefined> {
  return db.first(bySid, { account, sid });
}

/** Oldest first. */
export function selectTemplates(db: Db, account: string, request: PageRequest): Promise<Page<ContentTemplatesTable>> {
  const query = db.sql.selectFrom('content_templates').selectAll().where('account_sid', '=', account);
  return fetchPage(query, [{ column: 'sid', order: 'asc' }], request);
}

export async function insertTemplate(tx: Transaction, row: ContentTemplatesTable): Promise<void> {
  await tx.sql.insertInto('content_templates').values(row).execute();
}

/** With what was handed in for approval of it. */
export async function deleteTemplate(tx: Transaction, sid: string): Promise<void> {
  await tx.sql.deleteFrom('content_approvals').where('content_sid', '=', sid).execute();
  await tx.sql.deleteFrom('content_templates').where('sid', '=', sid).execute();
}

export function selectApproval(db: Db, sid: string, channel: string): Promise<ContentApprovalsTable | undefined> {
  return db.sql
    .selectFrom('content_approvals')
    .selectAll()
    .where('content_sid', '=', sid)
    .where('channel', '=', channel)
    .executeTakeFirst();
}

export async function insertApproval(tx: Transaction, row: ContentApprovalsTable): Promise<void> {
  await tx.sql.insertInto('content_approvals').values(row).execute();
}
