import { prepare } from '../../storage/db.ts';
import type { UsersTable } from '../../storage/schema.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';

/**
 * Refuses when a user is in as many conversations as he may be; closed ones do not count.
 *
 * Whoever has had few events is in few conversations, since each of them began with one in his stream. Of others the index
 * of memberships is counted, which is little work; conversations are looked at only where it has too many.
 *
 * @param user locked, so that nobody else adds him to one meanwhile
 * @throws Refusal 50214
 */
export async function requireRoomFor(tx: Transaction, user: Pick<UsersTable, 'sid' | 'head'>): Promise<void> {
  const { conversationsPerIdentity: limit } = tx.limits;
  if (user.head <= limit) return;
  const all = await tx.first(countMemberships, { user: user.sid, limit });
  if (Number(all?.n ?? 0) < limit) return;
  const open = await tx.first(countOpen, { user: user.sid, limit });
  if (Number(open?.n ?? 0) >= limit) throw refuse(50214, { limit });
}

/** No further than to the limit. */
const countMemberships = prepare((sql, p: { user: string; limit: number }) =>
  sql
    .selectFrom((eb) =>
      eb
        .selectFrom('participants')
        .select('conversation_sid')
        .where('user_sid', '=', p.user)
        .limit(p.limit)
        .as('memberships'),
    )
    .select((eb) => eb.fn.countAll<number>().as('n')),
);

const countOpen = prepare((sql, p: { user: string; limit: number }) =>
  sql
    .selectFrom((eb) =>
      eb
        .selectFrom('participants')
        .innerJoin('conversations', 'conversations.sid', 'participants.conversation_sid')
        .select('participants.conversation_sid')
        .where('participants.user_sid', '=', p.user)
        .where('conversations.state', '<>', 'closed')
        .limit(p.limit)
        .as('memberships'),
    )
    .select((eb) => eb.fn.countAll<number>().as('n')),
);
