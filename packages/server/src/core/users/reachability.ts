/**
 * Who is online, and who can be notified (contract: "Reachability Indicator"). Online is who has a connection;
 * which users do is told by `delivery/realtime/presence.ts`. It is written down only where a service has
 * reachability on, and never goes into the log: a connection that comes and goes is no change of the user.
 */
import type { UserResource } from '@colloquy/protocol';
import { type Db, prepare } from '../../storage/db.ts';
import type { UsersTable } from '../../storage/schema.ts';
import { defineCommand } from '../command.ts';
import { hasPushBinding } from '../push/bindings.ts';
import type { Transaction } from '../transaction.ts';

export type Reachability = Pick<UserResource, 'isOnline' | 'isNotifiable'>;

/** Both null: the service has reachability off, or the user never connected while it was on. */
export const unknownReachability: Reachability = { isOnline: null, isNotifiable: null };

const presenceOf = prepare((sql, p: { user: string }) =>
  sql
    .selectFrom('users')
    .innerJoin('services', 'services.sid', 'users.service_sid')
    .leftJoin('presences', 'presences.user_sid', 'users.sid')
    .select(['services.reachability_enabled as enabled', 'presences.online'])
    .where('users.sid', '=', p.user),
);

export async function reachabilityOf(db: Db, user: string): Promise<Reachability> {
  const row = await db.first(presenceOf, { user });
  if (row?.enabled !== 1) return unknownReachability;
  const isOnline = row.online === null ? null : row.online === 1;
  const isNotifiable = (await hasPushBinding(db, user)) || (isOnline === null ? null : false);
  return { isOnline, isNotifiable };
}

/** Does it have to be written down that the user came or went? Cheaper to ask than a command that does nothing. */
export async function isPresenceKept(db: Db, user: string): Promise<boolean> {
  const row = await db.first(presenceOf, { user });
  return row !== undefined && (row.enabled === 1 || row.online !== null);
}

const userBySid = prepare((sql, p: { sid: string }) => sql.selectFrom('users').selectAll().where('sid', '=', p.sid));

/** A user with his reachability; undefined when there is nobody to tell of it, since the service has it off. */
export async function findReachable(
  db: Db,
  sid: string,
): Promise<{ user: UsersTable; reachability: Reachability } | undefined> {
  const user = await db.first(userBySid, { sid });
  const reachability = await reachabilityOf(db, sid);
  return user && reachability !== unknownReachability ? { user, reachability } : undefined;
}

export interface PresenceChange {
  user: string;
  online: boolean;
}

const writePresence = prepare((sql, p: { user: string; online: number; now: number }) =>
  sql
    .insertInto('presences')
    .values({ user_sid: p.user, online: p.online, date_updated: p.now })
    .onConflict((conflict) => conflict.column('user_sid').doUpdateSet({ online: p.online, date_updated: p.now })),
);

/**
 * Notes who came and who went. Of services without reachability only what was noted earlier is kept right, so that
 * it is when they turn it on again.
 *
 * @returns the users of services with reachability whose state is another one now
 */
export const notePresence = defineCommand({
  name: 'users.note-presence',
  lane: () => 'presence',
  run: async (tx, _actor, input: { changes: readonly PresenceChange[] }): Promise<string[]> => {
    const changed: string[] = [];
    for (const { user, online } of input.changes) {
      const row = await tx.first(presenceOf, { user });
      if (!row || (row.enabled !== 1 && row.online === null) || row.online === Number(online)) continue;
      await tx.run(writePresence, { user, online: Number(online), now: tx.now });
      if (row.enabled === 1) changed.push(user);
    }
    return changed;
  },
});

const resetAtOnce = 1000;

/**
 * At the start nobody is online, whatever the last run of the server left.
 *
 * @returns whether there is more to do
 */
export const resetPresences = defineCommand({
  name: 'users.reset-presences',
  lane: () => 'presence',
  run: async (tx, _actor, _input: Record<never, never>): Promise<{ more: boolean }> => {
    const rows = await tx.sql
      .selectFrom('presences')
      .select('user_sid')
      .where('online', '=', 1)
      .limit(resetAtOnce)
      .execute();
    if (rows.length === 0) return { more: false };
    const users = rows.map((row) => row.user_sid);
    await tx.sql.updateTable('presences').set({ online: 0 }).where('user_sid', 'in', users).execute();
    return { more: rows.length === resetAtOnce };
  },
});

/** For the removal of a user. */
export async function deletePresence(tx: Transaction, user: string): Promise<void> {
  await tx.sql.deleteFrom('presences').where('user_sid', '=', user).execute();
}
