import type { AccountsTable } from '../../storage/schema.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { serviceBySid } from '../access/store.ts';
import { defineCommand } from '../command.ts';
import { checkClosedTimer, checkInactiveTimer } from '../conversations/timers.ts';
import { refuse } from '../refusal.ts';
import { loadAccount } from './actions.ts';

/** What is left out stays as it is. */
export interface ConfigureAccount {
  /** The service behind the short paths. */
  defaultService?: string | undefined;
  /** For conversations made from now on that name none. */
  defaultMessagingService?: string | undefined;
  /** ISO 8601 durations for conversations made from now on that bring none; empty for none. */
  defaultInactiveTimer?: string | undefined;
  defaultClosedTimer?: string | undefined;
}

/** @throws Refusal 50050 for an unknown service, 50375, 50376, 50379 and 50380 for timers */
export const configureAccount = defineCommand({
  name: 'accounts.configure',
  orderKey: () => 'account',
  run: async (tx, actor, input: ConfigureAccount): Promise<AccountsTable> => {
    requireBackEnd(actor);
    const row = await loadAccount(tx, actor.account);
    const { defaultService: service, defaultInactiveTimer, defaultClosedTimer } = input;
    if (service !== undefined && !(await tx.first(serviceBySid, { account: actor.account, service }))) {
      throw refuse(50050);
    }
    const updated: AccountsTable = {
      ...row,
      default_chat_service_sid: service ?? row.default_chat_service_sid,
      default_messaging_service_sid: input.defaultMessagingService ?? row.default_messaging_service_sid,
      default_inactive_timer:
        defaultInactiveTimer === undefined ? row.default_inactive_timer : checkInactiveTimer(defaultInactiveTimer),
      default_closed_timer:
        defaultClosedTimer === undefined ? row.default_closed_timer : checkClosedTimer(defaultClosedTimer),
    };
    const { sid, date_created: _made, ...changed } = updated;
    await tx.sql.updateTable('accounts').set(changed).where('sid', '=', sid).execute();
    return updated;
  },
});
