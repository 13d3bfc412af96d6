import { randomUUID } from 'node:crypto';
import { type Db, prepare } from '../../storage/db.ts';
import type { OutboxTable } from '../../storage/schema.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';

// What is dead is in no lane but its own.
const openInLane = prepare((sql, p: { lane: string }) =>
  sql.selectFrom('outbox').select('id').where('lane', '=', p.lane).limit(1),
);

const insertRow = prepare((sql, p: OutboxTable) =>
  sql.insertInto('outbox').values({
    id: p.id,
    kind: p.kind,
    lane: p.lane,
    seq: p.seq,
    payload: p.payload,
    state: p.state,
    attempt: p.attempt,
    not_before: p.not_before,
    lease: p.lease,
    lease_until: p.lease_until,
    last_error: p.last_error,
    date_created: p.date_created,
    date_updated: p.date_updated,
    trace: p.trace,
  }),
);

export interface NewWork {
  /** Unique, and the same over all attempts. */
  id: string;
  kind: string;
  /**
   * Work of one lane is done one after the other. The name is that of a stream, or begins with one and a slash:
   * whoever adds to the lane or settles in it holds the lock on that stream's owner.
   */
  lane: string;
  /** Higher than all before it in the lane. */
  seq: number;
  /** JSON text. */
  payload: string;
}

/** Adds work at the end of its lane, and tells the dispatcher after the commit. */
export async function insertWork(tx: Transaction, work: NewWork): Promise<void> {
  const behind = await tx.first(openInLane, { lane: work.lane });
  await tx.run(insertRow, {
    ...work,
    state: behind ? 'waiting' : 'pending',
    attempt: 0,
    not_before: tx.now,
    lease: null,
    lease_until: null,
    last_error: null,
    date_created: tx.now,
    date_updated: tx.now,
    trace: tx.trace,
  });
  if (!behind) tx.woken.add(work.kind);
}

export interface WorkAside extends NewWork {
  /** Attempts made so far. */
  attempt: number;
  /** Null: it has failed for good. */
  notBefore: number | null;
  /** JSON text: what the last attempt met. */
  error: string | null;
}

/** Adds work in a lane of its own, as if attempts had been made before. What has failed for good is in nobody's way. */
export async function insertAside(tx: Transaction, work: WorkAside): Promise<void> {
  const { id, kind, lane, seq, payload, attempt, notBefore, error } = work;
  await tx.run(insertRow, {
    id,
    kind,
    lane,
    seq,
    payload,
    state: notBefore === null ? 'dead' : 'pending',
    attempt,
    not_before: notBefore ?? tx.now,
    lease: null,
    lease_until: null,
    last_error: error,
    date_created: tx.now,
    date_updated: tx.now,
    trace: tx.trace,
  });
  if (notBefore !== null) tx.woken.add(kind);
}

const headOf = prepare((sql, p: { lane: string }) =>
  sql
    .selectFrom('outbox')
    .select(['id', 'seq'])
    .where('lane', '=', p.lane)
    .where('state', 'in', ['pending', 'sending']),
);

const stepBack = prepare((sql, p: { id: string; now: number }) =>
  sql
    .updateTable('outbox')
    .set({ state: 'waiting', date_updated: p.now })
    .where('id', '=', p.id)
    .where('state', '=', 'pending'),
);

const reissue = prepare((sql, p: { former: string; id: string; notBefore: number; error: string; now: number }) =>
  sql
    .updateTable('outbox')
    .set({
      id: p.id,
      state: 'pending',
      attempt: 0,
      not_before: p.notBefore,
      lease: null,
      lease_until: null,
      last_error: p.error,
      date_updated: p.now,
    })
    .where('id', '=', p.former)
    .where('state', 'in', ['pending', 'sending']),
);

export interface WorkAgain extends NewWork {
  /** Its id so far. */
  former: string;
  notBefore: number;
  /** JSON text: why it was not done. */
  error: string;
  /** When it was made first. */
  dateCreated: number;
}

/**
 * Has work done once more, in its old place: before all that waits in its lane. Whoever has it in his hands, or is to
 * try it again, does not any more.
 */
export async function insertAgain(tx: Transaction, work: WorkAgain): Promise<void> {
  const { former, id, kind, lane, seq, payload, notBefore, error, dateCreated } = work;
  tx.woken.add(kind);
  if ((await tx.run(reissue, { former, id, notBefore, error, now: tx.now })) > 0) return;
  const head = await tx.first(headOf, { lane });
  const before = head === undefined || (head.seq > seq && (await tx.run(stepBack, { id: head.id, now: tx.now })) > 0);
  await tx.run(insertRow, {
    id,
    kind,
    lane,
    seq,
    payload,
    state: before ? 'pending' : 'waiting',
    attempt: 0,
    not_before: notBefore,
    lease: null,
    lease_until: null,
    last_error: error,
    trace: tx.trace,
    date_created: dateCreated,
    date_updated: tx.now,
  });
}

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

/** Ends all leases, of all kinds. There are as many as workers had hands. */
export async function endLeases(tx: Transaction): Promise<void> {
  await tx.sql.updateTable('outbox').set({ lease_until: tx.now }).where('state', '=', 'sending').execute();
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
    .where('state', '=', 'sending')
    .where('lease', 'like', `${node}/%`)
    .returning('kind')
    .execute();
  for (const { kind } of ended) tx.woken.add(kind);
}

const promoteNext = prepare((sql, p: { lane: string; now: number }) =>
  sql
    .updateTable('outbox')
    .set({ state: 'pending', date_updated: p.now })
    .where('id', '=', (eb) =>
      eb
        .selectFrom('outbox')
        .select('id')
        .where('lane', '=', p.lane)
        .where('state', '=', 'waiting')
        .orderBy('seq')
        .limit(1),
    ),
);

const deleteLeased = prepare((sql, p: { id: string; lease: string }) =>
  sql.deleteFrom('outbox').where('id', '=', p.id).where('lease', '=', p.lease).returning('lane'),
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
    .returning('lane'),
);

const markPending = prepare(
  (sql, p: { id: string; lease: string; notBefore: number; error: string | null; attempts: number; now: number }) =>
    sql
      .updateTable('outbox')
      .set((eb) => ({
        state: 'pending',
        attempt: eb('attempt', '-', p.attempts),
        not_before: p.notBefore,
        lease: null,
        lease_until: null,
        last_error: p.error,
        date_updated: p.now,
      }))
      .where('id', '=', p.id)
      .where('lease', '=', p.lease),
);

const extendLease = prepare((sql, p: { id: string; lease: string; until: number }) =>
  sql.updateTable('outbox').set({ lease_until: p.until }).where('id', '=', p.id).where('lease', '=', p.lease),
);

/** Keeps work of which a part is done. False: the lease has passed to somebody else. */
export async function renew(tx: Transaction, renewed: { id: string; lease: string; until: number }): Promise<boolean> {
  return (await tx.run(extendLease, renewed)) > 0;
}

/** Takes done work out and lets the lane go on. False: the lease has passed to somebody else. */
export async function finish(tx: Transaction, id: string, lease: string): Promise<boolean> {
  return settled(tx, await tx.first(deleteLeased, { id, lease }));
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
  return settled(tx, row && { lane: row.lane.slice(0, -aside.length) });
}

/** The end of the lane's name of what is out of the way of its siblings. */
export function asideOf(id: string): string {
  return `/${id}`;
}

async function settled(tx: Transaction, row: { lane: string } | undefined): Promise<boolean> {
  if (!row) return false;
  await tx.run(promoteNext, { lane: row.lane, now: tx.now });
  return true;
}

/**
 * Puts work back for another attempt.
 *
 * @param error what the last attempt met; it replaces what was noted before
 * @param counted false: this attempt does not count against the limit
 */
export async function putBack(
  tx: Transaction,
  back: { id: string; lease: string; notBefore: number; error: string | null; counted: boolean },
): Promise<boolean> {
  const { counted, ...rest } = back;
  return (await tx.run(markPending, { ...rest, attempts: counted ? 0 : 1, now: tx.now })) > 0;
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

export async function deleteDeadBefore(tx: Transaction, kind: string, before: number): Promise<void> {
  await tx.sql
    .deleteFrom('outbox')
    .where('kind', '=', kind)
    .where('state', '=', 'dead')
    .where('date_updated', '<', before)
    .execute();
}
