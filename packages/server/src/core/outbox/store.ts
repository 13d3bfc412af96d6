import { randomUUID } from 'node:crypto';
import type { ExpressionBuilder, Kysely } from 'kysely';
import { type Db, prepare } from '../../storage/db.ts';
import type { OutboxTable, Schema } from '../../storage/schema.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';
import { workKinds } from './kinds.ts';

export interface LeaseRequest {
  kind: string;
  limit: number;
  lease: string;
  until: number;
  now: number;
}

// The state is asked for twice: two that claim at the same time choose the same rows, and the second finds
// them taken when it gets to the lock. That way it needs no words that only one database has.
export const claimHeads = prepare((sql, p: LeaseRequest) =>
  sql
    .updateTable('outbox')
    .set((eb) => ({
      state: 'sending',
      attempt: eb('attempt', '+', 1),
      lease: p.lease,
      lease_until: p.until,
      date_updated: p.now,
    }))
    .where('state', '=', 'pending')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('outbox')
        .select('id')
        .where('kind', '=', p.kind)
        .where('state', '=', 'pending')
        .where('not_before', '<=', p.now)
        .orderBy('not_before')
        .limit(p.limit),
    )
    .returningAll(),
);

export const takeExpired = prepare((sql, p: LeaseRequest) =>
  sql
    .updateTable('outbox')
    .set({ lease: p.lease, lease_until: p.until, date_updated: p.now })
    .where('state', '=', 'sending')
    .where('lease_until', '<=', p.now)
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('outbox')
        .select('id')
        .where('kind', '=', p.kind)
        .where('state', '=', 'sending')
        .where('lease_until', '<=', p.now)
        .limit(p.limit),
    )
    .returningAll(),
);

/** Ends all leases, of all kinds: they are named for the index. There are as many as workers had hands. */
export async function endLeases(tx: Transaction): Promise<void> {
  await tx.sql
    .updateTable('outbox')
    .set({ lease_until: tx.now })
    .where('kind', 'in', workKinds)
    .where('state', '=', 'sending')
    .execute();
}

/** The name of a claim, in which is who made it: a node, or somebody who is alone with the database. */
export function newLease(node: string | undefined): string {
  return `${node ?? ''}/${randomUUID()}`;
}

/** Ends the leases of a node that is dead, and has the others look. */
export async function endLeasesOf(tx: Transaction, node: string): Promise<void> {
  const ended = await tx.sql
    .updateTable('outbox')
    .set({ lease_until: tx.now })
    .where('kind', 'in', workKinds)
    .where('state', '=', 'sending')
    .where('lease', 'like', `${node}/%`)
    .returning('kind')
    .execute();
  for (const { kind } of ended) tx.woken.add(kind);
}

function firstWaiting(sql: Kysely<Schema>, lane: string) {
  return sql
    .selectFrom('outbox')
    .select('id')
    .where('lane', '=', lane)
    .where('state', '=', 'waiting')
    .orderBy('seq')
    .limit(1);
}

const promoteNext = prepare((sql, p: { lane: string; now: number }) =>
  sql.updateTable('outbox').set({ state: 'pending', date_updated: p.now }).where('id', '=', firstWaiting(sql, p.lane)),
);

// Only where there is none that is pending or sent: whoever asks may be without the lease by now.
const claimNext = prepare((sql, p: { lane: string; lease: string; until: number; now: number }) =>
  sql
    .updateTable('outbox')
    .set((eb) => ({
      state: 'sending',
      attempt: eb('attempt', '+', 1),
      lease: p.lease,
      lease_until: p.until,
      date_updated: p.now,
    }))
    .where('id', '=', firstWaiting(sql, p.lane))
    .where('not_before', '<=', p.now)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('outbox as head')
            .select('head.id')
            .where('head.lane', '=', p.lane)
            .where('head.state', 'in', ['pending', 'sending']),
        ),
      ),
    )
    .returningAll(),
);

const deleteLeased = prepare((sql, p: { id: string; lease: string }) =>
  sql.deleteFrom('outbox').where('id', '=', p.id).where('lease', '=', p.lease).returning(['kind', 'lane']),
);

const deletePending = prepare((sql, p: { id: string }) =>
  sql.deleteFrom('outbox').where('id', '=', p.id).where('state', '=', 'pending').returning(['kind', 'lane']),
);

const deleteDead = prepare((sql, p: { id: string }) =>
  sql.deleteFrom('outbox').where('id', '=', p.id).where('state', '=', 'dead').returningAll(),
);

const markDead = prepare((sql, p: { id: string; lease: string; aside: string; error: string; now: number }) =>
  sql
    .updateTable('outbox')
    .set((eb) => ({
      state: 'dead',
      lane: eb('lane', '||', p.aside),
      lease: null,
      lease_until: null,
      last_error: p.error,
      date_updated: p.now,
    }))
    .where('id', '=', p.id)
    .where('lease', '=', p.lease)
    .returning(['kind', 'lane']),
);

/** What is put back is the head of its lane again, unless something with an earlier place has come into that meanwhile. */
function stateBack(eb: ExpressionBuilder<Schema, 'outbox'>) {
  const earlier = eb
    .selectFrom('outbox as earlier')
    .select('earlier.id')
    .whereRef('earlier.lane', '=', 'outbox.lane')
    .whereRef('earlier.seq', '<', 'outbox.seq')
    .where('earlier.state', '=', 'waiting');
  return eb.case().when(eb.exists(earlier)).then('waiting').else('pending').end();
}

const markBack = prepare(
  (sql, p: { id: string; lease: string; notBefore: number; error: string | null; attempts: number; now: number }) =>
    sql
      .updateTable('outbox')
      .set((eb) => ({
        state: stateBack(eb),
        attempt: eb('attempt', '-', p.attempts),
        not_before: p.notBefore,
        lease: null,
        lease_until: null,
        last_error: p.error,
        date_updated: p.now,
      }))
      .where('id', '=', p.id)
      .where('lease', '=', p.lease)
      .returning(['kind', 'lane', 'state']),
);

const extendLease = prepare((sql, p: { id: string; lease: string; until: number; attempts: number }) =>
  sql
    .updateTable('outbox')
    .set((eb) => ({ lease_until: p.until, attempt: eb('attempt', '+', p.attempts) }))
    .where('id', '=', p.id)
    .where('lease', '=', p.lease),
);

/**
 * Keeps work of which a part is done. False: the lease has passed to somebody else.
 *
 * @param counted true: whoever has it next makes another attempt
 */
export async function renew(
  tx: Transaction,
  renewed: { id: string; lease: string; until: number },
  counted = false,
): Promise<boolean> {
  return (await tx.run(extendLease, { ...renewed, attempts: counted ? 1 : 0 })) > 0;
}

/** Takes done work out and lets the lane go on. False: the lease has passed to somebody else. */
export async function finish(tx: Transaction, id: string, lease: string): Promise<boolean> {
  return settled(tx, await tx.first(deleteLeased, { id, lease }));
}

export interface WentOn {
  /** False: the lease has passed to somebody else. */
  held: boolean;
  /** The next of the lane, claimed, where it is due. */
  next?: OutboxTable | undefined;
}

/**
 * As `finish`, and whoever had the work has the next of its lane at once, under the same lease: a claim of its own would be
 * a transaction more for each piece of a lane in which much waits.
 *
 * @param until when the lease of the next one runs out
 */
export async function finishAndGoOn(
  tx: Transaction,
  { id, lane, lease }: { id: string; lane: string; lease: string },
  until: number,
): Promise<WentOn> {
  // Sent behind one another: it is the second one itself that looks whether the first has done anything.
  const [gone, next] = await Promise.all([
    tx.first(deleteLeased, { id, lease }),
    tx.first(claimNext, { lane, lease, until, now: tx.now }),
  ]);
  // It found a lane without a head: that is nobody's here.
  if (!gone && next) await putBackNext(tx, lane, lease);
  if (!gone) return { held: false };
  if (next) return { held: true, next };
  return { held: await settled(tx, gone) };
}

/**
 * As `finish`, for work that waits for another attempt and turns out to be done. No dispatcher has it in its hands and
 * looks for the next one afterwards, so it is told.
 */
export async function finishUnleased(tx: Transaction, id: string): Promise<boolean> {
  const row = await tx.first(deletePending, { id });
  if (row) tx.woken.add(row.kind);
  return settled(tx, row);
}

/** Keeps work that failed for good where an operator sees it, out of its lane, which goes on. */
export async function bury(tx: Transaction, id: string, lease: string, error: string): Promise<boolean> {
  const aside = asideOf(id);
  const row = await tx.first(markDead, { id, lease, aside, error, now: tx.now });
  return settled(tx, row && { ...row, lane: row.lane.slice(0, -aside.length) });
}

/** The end of the lane's name of what is out of the way of its siblings. */
export function asideOf(id: string): string {
  return `/${id}`;
}

/** Whoever had it looks for the next one afterwards; others may be quicker, and are told. */
async function settled(tx: Transaction, row: { kind: string; lane: string } | undefined): Promise<boolean> {
  if (!row) return false;
  const promoted = tx.run(promoteNext, { lane: row.lane, now: tx.now });
  tx.later(
    promoted.then((rows) => {
      if (rows > 0) tx.woken.add(row.kind);
    }),
  );
  return true;
}

/**
 * Puts work back for another attempt. Whoever may put something before it into its lane meanwhile has to be held off.
 *
 * @param error what the last attempt met; it replaces what was noted before
 * @param counted false: this attempt does not count against the limit
 */
export async function putBack(
  tx: Transaction,
  back: { id: string; lease: string; notBefore: number; error: string | null; counted: boolean },
): Promise<boolean> {
  const { counted, ...rest } = back;
  const row = await tx.first(markBack, { ...rest, attempts: counted ? 0 : 1, now: tx.now });
  return isBack(tx, row ? [row] : []);
}

/** @param rows what was put back @returns whether anything was */
async function isBack(
  tx: Transaction,
  rows: readonly Pick<OutboxTable, 'kind' | 'lane' | 'state'>[],
): Promise<boolean> {
  for (const { kind, lane, state } of rows) {
    if (state !== 'waiting') continue;
    await tx.run(promoteNext, { lane, now: tx.now });
    tx.woken.add(kind);
  }
  return rows.length > 0;
}

/** Of a lease, as if it had not been given out. */
function unclaimed(sql: Kysely<Schema>, { lease, now }: { lease: string; now: number }) {
  return sql
    .updateTable('outbox')
    .set((eb) => ({
      state: stateBack(eb),
      attempt: eb('attempt', '-', 1),
      not_before: now,
      lease: null,
      lease_until: null,
      date_updated: now,
    }))
    .where('lease', '=', lease)
    .returning(['kind', 'lane', 'state']);
}

const unclaimInLane = prepare((sql, p: { lane: string; lease: string; now: number }) =>
  unclaimed(sql, p).where('lane', '=', p.lane),
);

const unclaimOfKind = prepare((sql, p: { kind: string; lease: string; now: number }) =>
  unclaimed(sql, p).where('kind', '=', p.kind).where('state', '=', 'sending'),
);

/** Puts back what was claimed by somebody who never heard of it. As for `putBack`, others have to be held off its lanes. */
export async function unclaim(tx: Transaction, kind: string, lease: string): Promise<boolean> {
  return isBack(tx, await tx.all(unclaimOfKind, { kind, lease, now: tx.now }));
}

/** Puts back what was given out in a lane to somebody who never heard of it. */
export async function putBackNext(tx: Transaction, lane: string, lease: string): Promise<boolean> {
  return isBack(tx, await tx.all(unclaimInLane, { lane, lease, now: tx.now }));
}

/** Takes a dead letter out, for sending it again as new work. */
export function exhume(tx: Transaction, id: string): Promise<OutboxTable | undefined> {
  return tx.first(deleteDead, { id });
}

const earliestPending = prepare((sql, p: { kind: string }) =>
  sql
    .selectFrom('outbox')
    .select('not_before as at')
    .where('kind', '=', p.kind)
    .where('state', '=', 'pending')
    .orderBy('not_before')
    .limit(1),
);

const earliestLease = prepare((sql, p: { kind: string }) =>
  sql
    .selectFrom('outbox')
    .select((eb) => eb.fn.min('lease_until').as('at'))
    .where('kind', '=', p.kind)
    .where('state', '=', 'sending'),
);

/** When there is something to claim, and when a lease to take over; null when there is none. */
export async function nextDue(db: Db, kind: string): Promise<{ work: number | null; lease: number | null }> {
  const [work, lease] = await Promise.all([db.first(earliestPending, { kind }), db.first(earliestLease, { kind })]);
  return { work: work?.at ?? null, lease: lease?.at ?? null };
}

export function selectWork(db: Db, id: string): Promise<OutboxTable | undefined> {
  return db.sql.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirst();
}

/** In the order they are due; what failed longest ago first. */
export function selectOutbox(db: Db, kind: string, state: string, request: PageRequest): Promise<Page<OutboxTable>> {
  const query = db.sql.selectFrom('outbox').selectAll().where('kind', '=', kind).where('state', '=', state);
  return fetchPage(
    query,
    [
      { column: 'not_before', order: 'asc' },
      { column: 'id', order: 'asc' },
    ],
    request,
  );
}

/** Small enough that nobody who waits for the writer notices: a sender that nobody mended leaves one for each message. */
const pieceSize = 1000;

// What has failed was due before it did; by that the index finds what is old among much that is not.
const deleteOldDead = prepare((sql, p: { kind: string; before: number; limit: number }) =>
  sql
    .deleteFrom('outbox')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('outbox')
        .select('id')
        .where('kind', '=', p.kind)
        .where('state', '=', 'dead')
        .where('not_before', '<', p.before)
        .where('date_updated', '<', p.before)
        .orderBy('not_before')
        .limit(p.limit),
    ),
);

/** Deletes a piece of them. @returns whether there is more to delete */
export async function deleteDeadBefore(tx: Transaction, kind: string, before: number): Promise<boolean> {
  return (await tx.run(deleteOldDead, { kind, before, limit: pieceSize })) === pieceSize;
}
