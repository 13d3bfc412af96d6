/**
 * Who is online, and who can be notified (contract: "Reachability Indicator"). Online is who has a connection;
 * which users do is told by `delivery/realtime/presence.ts`. It is written down only where a service has
 * reachability on, and never goes into the log: a connection that comes and goes is no change of the user. Of several
 * nodes each notes who is connected to it, and a user is online as long as one of them has him.
 */
import type { UserResource } from '@colloquy/protocol';
import { type Db, evened, prepare } from '../../storage/db.ts';
import type { UsersTable } from '../../storage/schema.ts';
import { defineCommand } from '../command.ts';
import { lives } from '../nodes.ts';
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

/** The same of several users. */
export async function whosePresenceIsKept(db: Db, users: readonly string[]): Promise<Set<string>> {
  const rows = await db.sql
    .selectFrom('users')
    .innerJoin('services', 'services.sid', 'users.service_sid')
    .leftJoin('presences', 'presences.user_sid', 'users.sid')
    .select('users.sid')
    .where('users.sid', 'in', evened(users))
    .where((eb) => eb.or([eb('services.reachability_enabled', '=', 1), eb('presences.online', 'is not', null)]))
    .execute();
  return new Set(rows.map(({ sid }) => sid));
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

/** The services that have reachability on. */
export async function servicesThatKeep(db: Db): Promise<Set<string>> {
  const rows = await db.sql.selectFrom('services').select('sid').where('reachability_enabled', '=', 1).execute();
  return new Set(rows.map(({ sid }) => sid));
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

const connect = prepare((sql, p: { user: string; node: string }) =>
  sql
    .insertInto('connected_users')
    .values({ user_sid: p.user, node: p.node })
    .onConflict((conflict) => conflict.doNothing()),
);

const disconnect = prepare((sql, p: { user: string; node: string }) =>
  sql.deleteFrom('connected_users').where('user_sid', '=', p.user).where('node', '=', p.node),
);

const connected = prepare((sql, p: { user: string }) =>
  sql.selectFrom('connected_users').select('node').where('user_sid', '=', p.user).limit(1),
);

/** Presences are changed one after the other, whichever node it is: those of a user never by two at a time. */
const presenceKey = () => 'presence';

/**
 * Notes who came to a node and who went. Of services without reachability only what was noted earlier is kept right, so
 * that it is when they turn it on again.
 *
 * @returns the users of services with reachability whose state is another one now; undefined when the node was taken for
 * dead meanwhile: nothing was noted then
 */
export const notePresence = defineCommand({
  name: 'users.note-presence',
  orderKey: presenceKey,
  run: async (
    tx,
    _actor,
    { node, changes }: { node: string; changes: readonly PresenceChange[] },
  ): Promise<string[] | undefined> => {
    if (!(await lives(tx, node))) return undefined;
    const changed: string[] = [];
    for (const { user, online } of changes) {
      const row = await tx.first(presenceOf, { user });
      if (!row || (row.enabled !== 1 && row.online === null)) continue;
      await tx.run(online ? connect : disconnect, { user, node });
      if (await settlePresence(tx, user, row)) changed.push(user);
    }
    return changed;
  },
});

/** Notes whether the user is connected to any node. @returns whether somebody has to be told that it is otherwise now */
async function settlePresence(
  tx: Transaction,
  user: string,
  row: { enabled: number; online: number | null },
): Promise<boolean> {
  const online = Number((await tx.first(connected, { user })) !== undefined);
  if (row.online === online) return false;
  await tx.run(writePresence, { user, online, now: tx.now });
  return row.enabled === 1;
}

const clearedAtOnce = 500;

/**
 * Nobody is connected any more to nodes that are dead.
 *
 * @returns whose state is another one now, and whether there is more to do
 */
export const clearDead = defineCommand({
  name: 'users.clear-dead',
  orderKey: presenceKey,
  run: async (tx, _actor, _input: Record<never, never>): Promise<{ changed: string[]; more: boolean }> => {
    const rows = await tx.sql
      .selectFrom('connected_users')
      .selectAll()
      .where('node', 'not in', (eb) => eb.selectFrom('nodes').select('node'))
      .limit(clearedAtOnce)
      .execute();
    const changed: string[] = [];
    for (const { user_sid: user, node } of rows) {
      await tx.run(disconnect, { user, node });
      const row = await tx.first(presenceOf, { user });
      if (row && (await settlePresence(tx, user, row))) changed.push(user);
    }
    return { changed, more: rows.length === clearedAtOnce };
  },
});

const resetAtOnce = 1000;

/**
 * At the start nobody is online whom no node has, whatever the last run of the server left.
 *
 * @returns whether there is more to do
 */
export const resetPresences = defineCommand({
  name: 'users.reset-presences',
  orderKey: presenceKey,
  run: async (tx, _actor, { isAlone }: { isAlone: boolean }): Promise<{ more: boolean }> => {
    if (isAlone) {
      await tx.sql.deleteFrom('connected_users').execute();
      await tx.sql.deleteFrom('nodes').execute();
    }
    const rows = await tx.sql
      .selectFrom('presences')
      .select('user_sid')
      .where('online', '=', 1)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('connected_users')
              .select('node')
              .whereRef('connected_users.user_sid', '=', 'presences.user_sid'),
          ),
        ),
      )
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
  await tx.sql.deleteFrom('connected_users').where('user_sid', '=', user).execute();
}
