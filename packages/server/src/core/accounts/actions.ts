import { createHash } from 'node:crypto';
import { type Db, prepare } from '../../storage/db.ts';
import type { AccountsTable } from '../../storage/schema.ts';
import { defineCommand } from '../command.ts';
import { refuse } from '../refusal.ts';
import { addService } from '../services/add.ts';

/**
 * Makes the account with its default service at the first start; afterwards it changes nothing. A database has one account:
 * work that is due is given out whosever it is, so that servers of two would send each other's messages in their own name.
 *
 * @throws Refusal 20409 where the database has another one
 */
export const ensureAccount = defineCommand({
  name: 'accounts.ensure',
  orderKey: () => 'accounts',
  run: async (tx, _actor, input: { account: string }): Promise<AccountsTable> => {
    const known = await selectAccount(tx, input.account);
    if (known) return known;
    const other = await tx.sql.selectFrom('accounts').select('sid').orderBy('sid').executeTakeFirst();
    if (other) throw refuse(20409, { reason: `the database belongs to the account ${other.sid}` });
    const service = await addService(tx, input.account, 'Default');
    const row: AccountsTable = {
      sid: input.account,
      default_chat_service_sid: service.sid,
      default_messaging_service_sid: messagingServiceOf(input.account),
      default_inactive_timer: null,
      default_closed_timer: null,
      date_created: tx.now,
    };
    await tx.sql.insertInto('accounts').values(row).execute();
    return row;
  },
});

/** There is no messaging service behind it, but conversations always name one; so it has to stay the same. */
function messagingServiceOf(account: string): string {
  return `MG${createHash('sha256').update(account).digest('hex').slice(0, 32)}`;
}

const bySid = prepare((sql, p: { sid: string }) => sql.selectFrom('accounts').selectAll().where('sid', '=', p.sid));

function selectAccount(db: Db, sid: string): Promise<AccountsTable | undefined> {
  return db.first(bySid, { sid });
}

/** @throws when `ensureAccount` has not run: a mistake in the server */
export async function loadAccount(db: Db, sid: string): Promise<AccountsTable> {
  const row = await selectAccount(db, sid);
  if (!row) throw new Error(`No account ${sid}.`);
  return row;
}
