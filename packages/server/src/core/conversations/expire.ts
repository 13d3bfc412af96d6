/** What the clock does to conversations. `timers/conversations.ts` says when. */
import { type Db, prepare } from '../../storage/db.ts';
import { defineCommand } from '../command.ts';
import { writeState } from './state.ts';
import { conversationBySid } from './store.ts';
import { firstDeadline } from './timers.ts';

/**
 * Makes the move whose time has come: to inactive, or to closed. Looks again whether it has, since a message may
 * have come in between, or another node have been quicker.
 *
 * @returns whether the conversation moved
 */
export const expireConversation = defineCommand({
  name: 'conversations.expire',
  orderKey: (input: { conversation: string }) => input.conversation,
  run: async (tx, actor, input: { conversation: string }): Promise<boolean> => {
    const row = await tx.first(conversationBySid, { sid: input.conversation });
    if (!row || row.account_sid !== actor.account) return false;
    const due = firstDeadline(row);
    if (!due || due.time > tx.now) return false;
    const moved = { ...row, state: due.to, date_inactive: null, date_updated: tx.now };
    await writeState(tx, row, due.to === 'closed' ? { ...moved, date_closed: null } : moved, 'TIMER');
    return true;
  },
});

const dueInactive = prepare((sql, p: { now: number; limit: number }) =>
  sql
    .selectFrom('conversations')
    .select(['sid', 'date_inactive as time'])
    .where('date_inactive', '<=', p.now)
    .where('state', '=', 'active')
    .orderBy('date_inactive')
    .orderBy('sid')
    .limit(p.limit),
);

const dueClosed = prepare((sql, p: { now: number; limit: number }) =>
  sql
    .selectFrom('conversations')
    .select(['sid', 'date_closed as time'])
    .where('date_closed', '<=', p.now)
    .where('state', 'in', ['active', 'inactive'])
    .orderBy('date_closed')
    .orderBy('sid')
    .limit(p.limit),
);

/** Conversations whose timers have run out, the longest overdue first; one may be there for both of its timers. */
export async function selectDue(db: Db, now: number, limit: number): Promise<string[]> {
  const due = [...(await db.all(dueInactive, { now, limit })), ...(await db.all(dueClosed, { now, limit }))];
  due.sort((a, b) => Number(a.time) - Number(b.time));
  return due.slice(0, limit).map((row) => row.sid);
}

const nextInactive = prepare((sql, _p: Record<never, never>) =>
  sql
    .selectFrom('conversations')
    .select('date_inactive as time')
    .where('date_inactive', '>', 0)
    .where('state', '=', 'active')
    .orderBy('date_inactive')
    .limit(1),
);

const nextClosed = prepare((sql, _p: Record<never, never>) =>
  sql
    .selectFrom('conversations')
    .select('date_closed as time')
    .where('date_closed', '>', 0)
    .where('state', 'in', ['active', 'inactive'])
    .orderBy('date_closed')
    .limit(1),
);

/** When the next timer runs out; it may have already. Undefined while none runs. */
export async function selectNextDeadline(db: Db): Promise<number | undefined> {
  const times = [await db.first(nextInactive, {}), await db.first(nextClosed, {})].flatMap((row) => row?.time ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}
